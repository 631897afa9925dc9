"""Mistake: twenty items in four batches, and each batch waits for its slowest.

Cell: slow items, alone
Caught by: test_a_slow_item_holds_up_nobody
Reads: A whole batch waited for its slowest item
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
        app.state.gate = asyncio.Semaphore(5)
        yield


app = FastAPI(lifespan=lifespan)


async def price_of(client: httpx.AsyncClient, gate: asyncio.Semaphore, item: int) -> float | None:
    async with gate:
        try:
            response = await client.get(f"https://prices.example/items/{item}")
            response.raise_for_status()
            return response.json()["price"]
        except (httpx.HTTPError, ValueError):
            return None


@app.get("/fan-out")
async def fan_out(request: Request) -> dict[str, list[float | None]]:
    client: httpx.AsyncClient = request.app.state.client
    gate: asyncio.Semaphore = request.app.state.gate
    prices: list[float | None] = []
    for first in range(1, 21, 5):
        batch = [price_of(client, gate, item) for item in range(first, first + 5)]
        prices += await asyncio.gather(*batch)
    return {"prices": prices}


@app.get("/wait")
async def wait() -> dict[str, bool]:
    await asyncio.sleep(0.5)
    return {"done": True}
