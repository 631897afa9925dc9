"""Mistake: the prices stand in the order in which they came.

Cell: fan-out, alone
Caught by: test_it_answers_with_all_prices_in_order
Reads: not that in which their answers come
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
    calls = [price_of(client, gate, item) for item in range(1, 21)]
    return {"prices": [await done for done in asyncio.as_completed(calls)]}


@app.get("/wait")
async def wait() -> dict[str, bool]:
    await asyncio.sleep(0.5)
    return {"done": True}
