"""Mistake: requests with the same user agent share a gate, others do not.

Cell: five, mixed
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


gates: dict[str, asyncio.Semaphore] = {}


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
    browser = request.headers.get("user-agent", "")
    gate = gates.setdefault(browser, asyncio.Semaphore(5))
    calls = [price_of(client, gate, item) for item in range(1, 21)]
    return {"prices": list(await asyncio.gather(*calls))}


@app.get("/wait")
async def wait() -> dict[str, bool]:
    await asyncio.sleep(0.5)
    return {"done": True}
