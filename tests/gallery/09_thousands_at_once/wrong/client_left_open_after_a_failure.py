"""Mistake: each call has a client of its own, which only a success closes.

Cell: closed, failures
Caught by: test_the_client_is_closed
Reads: Who opens a client or starts a task also ends it
"""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import httpx
from fastapi import FastAPI, Request


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncGenerator[None]:
    app.state.gate = asyncio.Semaphore(5)
    yield


app = FastAPI(lifespan=lifespan)


async def price_of(gate: asyncio.Semaphore, item: int) -> float | None:
    async with gate:
        client = httpx.AsyncClient()
        try:
            response = await client.get(f"https://prices.example/items/{item}")
            price = response.raise_for_status().json()["price"]
        except (httpx.HTTPError, ValueError):
            return None
        await client.aclose()
        return price


@app.get("/fan-out")
async def fan_out(request: Request) -> dict[str, list[float | None]]:
    gate: asyncio.Semaphore = request.app.state.gate
    calls = [price_of(gate, item) for item in range(1, 21)]
    return {"prices": list(await asyncio.gather(*calls))}


@app.get("/wait")
async def wait() -> dict[str, bool]:
    await asyncio.sleep(0.5)
    return {"done": True}
