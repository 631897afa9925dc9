"""Mistake: all requests write their prices into one list.

Cell: once, together
Caught by: test_each_request_answers_with_the_prices_that_it_fetched
Reads: keeps what it fetched in local variables
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


prices: list[float | None] = [None] * 20


async def fetch(client: httpx.AsyncClient, gate: asyncio.Semaphore, item: int) -> None:
    async with gate:
        try:
            response = await client.get(f"https://prices.example/items/{item}")
            response.raise_for_status()
            prices[item - 1] = response.json()["price"]
        except (httpx.HTTPError, ValueError):
            prices[item - 1] = None


@app.get("/fan-out")
async def fan_out(request: Request) -> dict[str, list[float | None]]:
    client: httpx.AsyncClient = request.app.state.client
    gate: asyncio.Semaphore = request.app.state.gate
    await asyncio.gather(*(fetch(client, gate, item) for item in range(1, 21)))
    return {"prices": prices}


@app.get("/wait")
async def wait() -> dict[str, bool]:
    await asyncio.sleep(0.5)
    return {"done": True}
