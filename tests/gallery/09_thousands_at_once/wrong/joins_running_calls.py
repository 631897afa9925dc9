"""Mistake: requests that come together share one round of calls.

Cell: once, together
Caught by: test_each_request_answers_with_the_prices_that_it_fetched
Reads: keeps what it fetched in local variables
"""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

import httpx
from fastapi import FastAPI

gate = asyncio.Semaphore(5)
client = httpx.AsyncClient(base_url="https://prices.example", timeout=60)
running: asyncio.Future[list[float | None]] | None = None


@asynccontextmanager
async def lifespan(_: FastAPI) -> AsyncGenerator[None]:
    async with client:
        yield


app = FastAPI(lifespan=lifespan)


async def price_of(item: int) -> float | None:
    async with gate:
        try:
            response = await client.get(f"/items/{item}")
            response.raise_for_status()
            return response.json()["price"]
        except (httpx.HTTPError, ValueError):
            return None


@app.get("/fan-out")
async def fan_out() -> dict[str, Any]:
    global running
    if running is None or running.done():
        running = asyncio.gather(*(price_of(item) for item in range(1, 21)))
    return {"prices": await asyncio.shield(running)}


@app.get("/wait")
async def wait() -> dict[str, bool]:
    await asyncio.sleep(0.5)
    return {"done": True}
