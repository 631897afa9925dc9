"""Mistake: whoever comes while a hundred wait is refused.

Cell: wait only, together
Caught by: test_a_thousand_waits_take_as_long_as_one
Reads: All of them are answered, and all with the same
"""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import httpx
from fastapi import FastAPI, HTTPException, Request


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
    return {"prices": list(await asyncio.gather(*calls))}


waiting = 0


@app.get("/wait")
async def wait() -> dict[str, bool]:
    global waiting
    if waiting >= 100:
        raise HTTPException(503, "Too many")
    waiting += 1
    try:
        await asyncio.sleep(0.5)
    finally:
        waiting -= 1
    return {"done": True}
