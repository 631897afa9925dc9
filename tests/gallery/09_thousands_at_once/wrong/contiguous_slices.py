"""Mistake: five workers have four neighbouring items each, so slow neighbours stand behind each other.

Cell: slow items, values
Caught by: test_a_slow_item_holds_up_nobody
Reads: Slow items stood behind each other, and places were free
"""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import httpx
from fastapi import FastAPI


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncGenerator[None]:
    app.state.gate = asyncio.Semaphore(5)
    async with httpx.AsyncClient() as client:
        app.state.client = client
        yield


app = FastAPI(lifespan=lifespan)


async def price_of(item: int) -> float | None:
    async with app.state.gate:
        try:
            response = await app.state.client.get(f"https://prices.example/items/{item}")
            response.raise_for_status()
            return response.json()["price"]
        except (httpx.HTTPError, ValueError, KeyError, TypeError):
            return None


async def run(items: range) -> list[float | None]:
    return [await price_of(item) for item in items]


@app.get("/fan-out")
async def fan_out() -> dict[str, list[float | None]]:
    slices = await asyncio.gather(*(run(range(first, first + 4)) for first in range(1, 21, 4)))
    return {"prices": [price for part in slices for price in part]}


@app.get("/wait")
async def wait() -> dict[str, bool]:
    await asyncio.sleep(0.5)
    return {"done": True}
