"""Mistake: a call that ends in an error of the server is made once more.

Cell: once, failures
Caught by: test_a_price_that_cannot_be_had_is_null
Reads: A call that failed is not made again
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
    async with gate:
        try:
            response = await client.get(f"/items/{item}")
            if response.status_code >= 500:
                response = await client.get(f"/items/{item}")
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
