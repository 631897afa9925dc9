"""Mistake: the body of an error is read when the permit has been given back.

Cell: five, failures
Caught by: test_twenty_errors_are_twenty_nulls_five_at_a_time
Reads: An error has a body too
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
    request = client.build_request("GET", f"https://prices.example/items/{item}")
    try:
        async with gate:
            response = await client.send(request, stream=True)
            if response.is_success:
                await response.aread()
        await response.aread()
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


@app.get("/wait")
async def wait() -> dict[str, bool]:
    await asyncio.sleep(0.5)
    return {"done": True}
