"""Mistake: an item that was not found once is never asked for again.

Cell: once, failures
Caught by: test_a_price_that_cannot_be_had_is_null
Reads: An item that could not be had has a price again
"""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import httpx
from fastapi import FastAPI


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncGenerator[None]:
    app.state.gate = asyncio.Semaphore(5)
    app.state.missing = set()
    async with httpx.AsyncClient() as client:
        app.state.client = client
        yield


app = FastAPI(lifespan=lifespan)


async def price_of(item: int) -> float | None:
    if item in app.state.missing:
        return None
    async with app.state.gate:
        try:
            response = await app.state.client.get(f"https://prices.example/items/{item}")
            if response.status_code == 404:
                app.state.missing.add(item)
            response.raise_for_status()
            return response.json()["price"]
        except (httpx.HTTPError, ValueError, KeyError, TypeError):
            return None


@app.get("/fan-out")
async def fan_out() -> dict[str, list[float | None]]:
    return {"prices": await asyncio.gather(*(price_of(item) for item in range(1, 21)))}


@app.get("/wait")
async def wait() -> dict[str, bool]:
    await asyncio.sleep(0.5)
    return {"done": True}
