"""Mistake: whoever has waited five seconds for a place goes on without one.

Cell: five, slow
Caught by: test_waiting_for_a_place_is_no_failure
Reads: there is nothing to do but wait
"""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import httpx
from fastapi import FastAPI


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncGenerator[None]:
    app.state.gate = asyncio.Semaphore(5)
    async with httpx.AsyncClient(base_url="https://prices.example") as app.state.client:
        yield


app = FastAPI(lifespan=lifespan)


async def price_of(item: int) -> float | None:
    permit = True
    try:
        await asyncio.wait_for(app.state.gate.acquire(), 5)
    except TimeoutError:
        permit = False
    try:
        response = await app.state.client.get(f"/items/{item}")
        response.raise_for_status()
        return response.json()["price"]
    except (httpx.HTTPError, ValueError, KeyError, TypeError):
        return None
    finally:
        if permit:
            app.state.gate.release()


@app.get("/fan-out")
async def fan_out() -> dict[str, list[float | None]]:
    return {"prices": await asyncio.gather(*(price_of(item) for item in range(1, 21)))}


@app.get("/wait")
async def wait() -> dict[str, bool]:
    await asyncio.sleep(0.5)
    return {"done": True}
