"""Mistake: httpx.Limits is the gate, and whoever waits there for five seconds has no price.

Cell: null, slow
Caught by: test_waiting_for_a_place_is_no_failure
Reads: Waiting is no failure
"""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import httpx
from fastapi import FastAPI, Request


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncGenerator[None]:
    limits = httpx.Limits(max_connections=5)
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
