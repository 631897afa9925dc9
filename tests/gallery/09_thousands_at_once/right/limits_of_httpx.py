"""No gate but httpx's own: one client for all, with five connections."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import httpx
from fastapi import FastAPI, Request


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncGenerator[None]:
    limits = httpx.Limits(max_connections=5)
    # Who waits for a connection of the pool may wait as long as it takes.
    timeout = httpx.Timeout(5, pool=None)
    async with httpx.AsyncClient(limits=limits, timeout=timeout) as client:
        app.state.client = client
        yield


app = FastAPI(lifespan=lifespan)


def price_in(answer: httpx.Response | BaseException) -> float | None:
    if isinstance(answer, BaseException) or answer.status_code != 200:
        return None
    try:
        return answer.json()["price"]
    except ValueError:
        return None


@app.get("/fan-out")
async def fan_out(request: Request) -> dict[str, list[float | None]]:
    client: httpx.AsyncClient = request.app.state.client
    answers = await asyncio.gather(
        *(client.get(f"https://prices.example/items/{item}") for item in range(1, 21)),
        return_exceptions=True,
    )
    return {"prices": [price_in(answer) for answer in answers]}


@app.get("/wait")
async def wait() -> dict[str, bool]:
    await asyncio.sleep(0.5)
    return {"done": True}
