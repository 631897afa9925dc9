"""Mistake: a task group is taken for a limit.

Cell: five, alone
Caught by: test_never_more_than_five_calls_are_in_flight
Reads: creating tasks is not throttling
"""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import httpx
from fastapi import FastAPI, Request


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncGenerator[None]:
    async with httpx.AsyncClient() as client:
        app.state.client = client
        yield


app = FastAPI(lifespan=lifespan)


async def price_of(client: httpx.AsyncClient, item: int) -> float | None:
    try:
        response = await client.get(f"https://prices.example/items/{item}")
        response.raise_for_status()
        return response.json()["price"]
    except (httpx.HTTPError, ValueError):
        return None


@app.get("/fan-out")
async def fan_out(request: Request) -> dict[str, list[float | None]]:
    client: httpx.AsyncClient = request.app.state.client
    async with asyncio.TaskGroup() as group:
        calls = [group.create_task(price_of(client, item)) for item in range(1, 21)]
    return {"prices": [call.result() for call in calls]}


@app.get("/wait")
async def wait() -> dict[str, bool]:
    await asyncio.sleep(0.5)
    return {"done": True}
