"""Mistake: who cannot connect tries again at once.

Cell: once, failures
Caught by: test_a_refused_broken_or_late_call_leaves_null_as_well
Reads: A call that failed is not made again
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


async def asked(client: httpx.AsyncClient, address: str) -> httpx.Response:
    try:
        return await client.get(address)
    except httpx.ConnectError:
        return await client.get(address)


async def price_of(client: httpx.AsyncClient, gate: asyncio.Semaphore, item: int) -> float | None:
    async with gate:
        try:
            response = await asked(client, f"https://prices.example/items/{item}")
            response.raise_for_status()
            return response.json()["price"]
        except (httpx.HTTPError, ValueError):
            return None


@app.get("/fan-out")
async def fan_out(request: Request) -> dict[str, list[float | None]]:
    state = request.app.state
    prices = await asyncio.gather(
        *(price_of(state.client, state.gate, item) for item in range(1, 21))
    )
    return {"prices": list(prices)}


@app.get("/wait")
async def wait() -> dict[str, bool]:
    await asyncio.sleep(0.5)
    return {"done": True}
