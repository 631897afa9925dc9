"""Mistake: the permit goes back when the head of the answer is there: the body is read without one.

Cell: five, slow
Caught by: test_never_more_than_five_calls_are_in_flight
Reads: The gate is too wide, or left too early
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
    try:
        async with gate:
            request = client.build_request("GET", f"/items/{item}")
            response = await client.send(request, stream=True)
        await response.aread()
        response.raise_for_status()
        return response.json()["price"]
    except (httpx.HTTPError, ValueError):
        return None


@app.get("/fan-out")
async def fan_out() -> dict[str, Any]:
    return {"prices": await asyncio.gather(*(price_of(item) for item in range(1, 21)))}


@app.get("/wait")
async def wait() -> dict[str, bool]:
    await asyncio.sleep(0.5)
    return {"done": True}
