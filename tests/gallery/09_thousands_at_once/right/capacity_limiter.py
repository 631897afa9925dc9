"""anyio's CapacityLimiter in a task group; each task fills its own place in the list."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import TypedDict

import anyio
import httpx
from fastapi import FastAPI, Request


class State(TypedDict):
    client: httpx.AsyncClient
    limiter: anyio.CapacityLimiter


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncGenerator[State]:
    async with httpx.AsyncClient() as client:
        yield {"client": client, "limiter": anyio.CapacityLimiter(5)}


app = FastAPI(lifespan=lifespan)


@app.get("/fan-out")
async def fan_out(request: Request) -> dict[str, list[float | None]]:
    client: httpx.AsyncClient = request.state.client
    limiter: anyio.CapacityLimiter = request.state.limiter
    prices: list[float | None] = [None] * 20

    async def fetch(item: int) -> None:
        async with limiter:
            try:
                response = await client.get(f"https://prices.example/items/{item}")
                prices[item - 1] = response.raise_for_status().json()["price"]
            except (httpx.HTTPError, ValueError):
                pass

    async with anyio.create_task_group() as group:
        for item in range(1, 21):
            group.start_soon(fetch, item)
    return {"prices": prices}


@app.get("/wait")
async def wait() -> dict[str, bool]:
    await anyio.sleep(0.5)
    return {"done": True}
