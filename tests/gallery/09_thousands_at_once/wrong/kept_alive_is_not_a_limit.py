"""Mistake: max_keepalive_connections bounds idle connections, not calls.

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
    limits = httpx.Limits(max_keepalive_connections=5)
    async with httpx.AsyncClient(limits=limits) as client:
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
    calls = [price_of(client, item) for item in range(1, 21)]
    return {"prices": list(await asyncio.gather(*calls))}


@app.get("/wait")
async def wait() -> dict[str, bool]:
    await asyncio.sleep(0.5)
    return {"done": True}
