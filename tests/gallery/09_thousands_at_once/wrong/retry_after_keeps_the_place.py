"""Mistake: after a 503 that says when to come again, the call waits for so long in its place.

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


async def pause(response: httpx.Response) -> None:
    """The service asks us to go easy: let it breathe before the next call begins."""
    seconds = response.headers.get("retry-after", "")
    if response.status_code in (429, 503) and seconds.isdecimal():
        await asyncio.sleep(min(int(seconds), 10))


async def price_of(client: httpx.AsyncClient, gate: asyncio.Semaphore, item: int) -> float | None:
    async with gate:
        try:
            response = await client.get(f"https://prices.example/items/{item}")
            if response.is_error:
                await pause(response)
            response.raise_for_status()
            return response.json()["price"]
        except (httpx.HTTPError, ValueError, KeyError, TypeError):
            return None


@app.get("/fan-out")
async def fan_out(request: Request) -> dict[str, list[float | None]]:
    state = request.app.state
    prices = await asyncio.gather(
        *(price_of(state.client, state.gate, item) for item in range(1, 21))
    )
    return {"prices": prices}


@app.get("/wait")
async def wait() -> dict[str, bool]:
    await asyncio.sleep(0.5)
    return {"done": True}
