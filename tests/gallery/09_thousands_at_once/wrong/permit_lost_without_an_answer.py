"""Mistake: the permit is given back after every answer, and lost if none comes.

Cell: enough, failures
Caught by: test_failures_give_their_places_back
Reads: Failures kept their places
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
    await gate.acquire()
    try:
        response = await client.get(f"https://prices.example/items/{item}")
    except httpx.RequestError:
        return None
    gate.release()
    try:
        return None if response.is_error else response.json()["price"]
    except ValueError:
        return None


@app.get("/fan-out")
async def fan_out(request: Request) -> dict[str, list[float | None]]:
    client: httpx.AsyncClient = request.app.state.client
    gate: asyncio.Semaphore = request.app.state.gate
    calls = [price_of(client, gate, item) for item in range(1, 21)]
    return {"prices": list(await asyncio.gather(*calls))}


@app.get("/wait")
async def wait() -> dict[str, bool]:
    await asyncio.sleep(0.5)
    return {"done": True}
