"""Mistake: the prices are rounded to two places.

Cell: fan-out, values
Caught by: test_it_answers_with_all_prices_in_order
Reads: round nothing
"""

import asyncio
import json
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import httpx
from fastapi import FastAPI, Request

URL = "https://prices.example/items/{}"


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
            return round((await client.get(URL.format(item))).raise_for_status().json()["price"], 2)
        except (httpx.HTTPError, ValueError):
            return None


@app.get("/fan-out")
async def fan_out(request: Request) -> dict[str, list[float | None]]:
    client, gate = request.app.state.client, request.app.state.gate
    return {
        "prices": list(
            await asyncio.gather(*(price_of(client, gate, item) for item in range(1, 21)))
        )
    }


@app.get("/wait")
async def wait() -> dict[str, bool]:
    await asyncio.sleep(0.5)
    return {"done": True}
