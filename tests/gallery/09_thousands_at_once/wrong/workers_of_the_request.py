"""Mistake: five workers on a queue, but five for each request.

Cell: five, together
Caught by: test_all_requests_share_the_five
Reads: Requests have gates of their own
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
    items = iter(range(1, 21))
    prices: list[float | None] = [None] * 20

    async def work() -> None:
        for item in items:
            prices[item - 1] = await price_of(request.app.state.client, item)

    await asyncio.gather(*(work() for _ in range(5)))
    return {"prices": prices}


@app.get("/wait")
async def wait() -> dict[str, bool]:
    await asyncio.sleep(0.5)
    return {"done": True}
