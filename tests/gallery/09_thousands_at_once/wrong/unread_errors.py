"""Mistake: an error is not read and not closed, so its connection is never free again.

Cell: null, failures
Caught by: test_failures_give_their_places_back
Reads: These answers stay open
"""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import httpx
from fastapi import FastAPI, Request


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncGenerator[None]:
    limits = httpx.Limits(max_connections=5)
    async with httpx.AsyncClient(limits=limits) as client:
        app.state.client = client
        yield


app = FastAPI(lifespan=lifespan)


async def price_of(client: httpx.AsyncClient, item: int) -> float | None:
    request = client.build_request("GET", f"https://prices.example/items/{item}")
    try:
        response = await client.send(request, stream=True)
        if response.is_error:
            return None
        await response.aread()
        return response.json()["price"]
    except (httpx.HTTPError, ValueError):
        return None


@app.get("/fan-out")
async def fan_out(request: Request) -> dict[str, list[float | None]]:
    client: httpx.AsyncClient = request.app.state.client
    calls = [price_of(client, item) for item in range(1, 21)]
    return {"prices": list(await asyncio.gather(*calls))}


@app.get("/wait")
async def wait() -> dict[str, bool]:
    await asyncio.sleep(0.5)
    return {"done": True}
