"""A thread pool with five threads is the gate: the calls are synchronous, the route awaits them."""

import asyncio
from collections.abc import AsyncGenerator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager

import httpx
from fastapi import FastAPI, Request


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncGenerator[None]:
    with httpx.Client() as client, ThreadPoolExecutor(max_workers=5) as pool:
        app.state.client = client
        app.state.pool = pool
        yield


app = FastAPI(lifespan=lifespan)


def price_of(client: httpx.Client, item: int) -> float | None:
    try:
        response = client.get(f"https://prices.example/items/{item}")
        response.raise_for_status()
        return response.json()["price"]
    except (httpx.HTTPError, ValueError):
        return None


@app.get("/fan-out")
async def fan_out(request: Request) -> dict[str, list[float | None]]:
    state = request.app.state
    loop = asyncio.get_running_loop()
    calls = [
        loop.run_in_executor(state.pool, price_of, state.client, item) for item in range(1, 21)
    ]
    return {"prices": list(await asyncio.gather(*calls))}


@app.get("/wait")
async def wait() -> dict[str, bool]:
    await asyncio.sleep(0.5)
    return {"done": True}
