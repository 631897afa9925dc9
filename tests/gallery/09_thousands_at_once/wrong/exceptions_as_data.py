"""Mistake: return_exceptions=True, and nobody looks which results are exceptions.

Cell: null, alone
Caught by: test_a_price_that_cannot_be_had_is_null
Reads: Exceptions became data
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


class NoPrice(Exception):
    pass


async def price_of(client: httpx.AsyncClient, gate: asyncio.Semaphore, item: int) -> float:
    async with gate:
        try:
            response = await client.get(f"https://prices.example/items/{item}")
            response.raise_for_status()
            return response.json()["price"]
        except (httpx.HTTPError, ValueError) as error:
            raise NoPrice from error


@app.get("/fan-out")
async def fan_out(request: Request):
    client: httpx.AsyncClient = request.app.state.client
    gate: asyncio.Semaphore = request.app.state.gate
    calls = [price_of(client, gate, item) for item in range(1, 21)]
    return {"prices": list(await asyncio.gather(*calls, return_exceptions=True))}


@app.get("/wait")
async def wait() -> dict[str, bool]:
    await asyncio.sleep(0.5)
    return {"done": True}
