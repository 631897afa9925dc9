"""Mistake: each address that asks has a gate of its own.

Cell: five, together
Caught by: test_all_requests_share_the_five
Reads: Requests have gates of their own
"""

import asyncio
from collections import defaultdict
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import httpx
from fastapi import FastAPI, Request


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncGenerator[None]:
    async with httpx.AsyncClient() as client:
        app.state.client = client
        yield


gates = defaultdict(lambda: asyncio.Semaphore(5))
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
    state = request.app.state
    gate = gates[request.client.host if request.client else ""]
    prices = await asyncio.gather(*(price_of(state.client, gate, item) for item in range(1, 21)))
    return {"prices": list(prices)}


@app.get("/wait")
async def wait() -> dict[str, bool]:
    await asyncio.sleep(0.5)
    return {"done": True}
