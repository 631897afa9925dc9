"""Mistake: each request puts a new gate in the place of the one before.

Cell: five, moments
Caught by: test_requests_at_other_moments_share_the_same_five
Reads: A request found another gate
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


async def price_of(app: FastAPI, item: int) -> float | None:
    async with app.state.gate:
        try:
            response = await app.state.client.get(f"https://prices.example/items/{item}")
            response.raise_for_status()
            return response.json()["price"]
        except (httpx.HTTPError, ValueError):
            return None


@app.get("/fan-out")
async def fan_out(request: Request) -> dict[str, list[float | None]]:
    request.app.state.gate = asyncio.Semaphore(5)
    calls = [price_of(request.app, item) for item in range(1, 21)]
    return {"prices": list(await asyncio.gather(*calls))}


@app.get("/wait")
async def wait() -> dict[str, bool]:
    await asyncio.sleep(0.5)
    return {"done": True}
