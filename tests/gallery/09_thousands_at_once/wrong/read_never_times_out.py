"""Mistake: only connecting has a time-out, so a call without an answer waits for ever.

Cell: null, slow
Caught by: test_failures_give_their_places_back
Reads: One item got no answer, and its call waits for ever
"""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import httpx
from fastapi import FastAPI


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncGenerator[None]:
    app.state.gate = asyncio.Semaphore(5)
    async with httpx.AsyncClient(timeout=httpx.Timeout(None, connect=5.0)) as client:
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


@app.get("/fan-out")
async def fan_out() -> dict[str, list[float | None]]:
    return {"prices": await asyncio.gather(*(price_of(item) for item in range(1, 21)))}


@app.get("/wait")
async def wait() -> dict[str, bool]:
    await asyncio.sleep(0.5)
    return {"done": True}
