"""Mistake: after a failure two permits go back for the one that was taken.

Cell: enough, failures
Caught by: test_failures_give_their_places_back
Reads: give back one place for each
"""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

import httpx
from fastapi import FastAPI

gate = asyncio.Semaphore(5)
client = httpx.AsyncClient(base_url="https://prices.example", timeout=60)


@asynccontextmanager
async def lifespan(_: FastAPI) -> AsyncGenerator[None]:
    async with client:
        yield


app = FastAPI(lifespan=lifespan)


async def price_of(item: int) -> float | None:
    await gate.acquire()
    try:
        response = await client.get(f"/items/{item}")
        response.raise_for_status()
        return response.json()["price"]
    except (httpx.HTTPError, ValueError):
        gate.release()
        return None
    finally:
        gate.release()


@app.get("/fan-out")
async def fan_out() -> dict[str, Any]:
    return {"prices": await asyncio.gather(*(price_of(item) for item in range(1, 21)))}


@app.get("/wait")
async def wait() -> dict[str, bool]:
    await asyncio.sleep(0.5)
    return {"done": True}
