"""Permits are tokens on a queue; a client per call, which the token keeps to five at once."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import httpx
from fastapi import FastAPI

permits: asyncio.Queue[None] = asyncio.Queue()


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncGenerator[None]:
    for _ in range(5):
        permits.put_nowait(None)
    yield
    for _ in range(5):
        permits.get_nowait()


app = FastAPI(lifespan=lifespan)


async def price_of(item: int) -> float | None:
    await permits.get()
    try:
        async with httpx.AsyncClient() as client:
            response = await client.get(f"https://prices.example/items/{item}")
            return response.raise_for_status().json()["price"]
    except (httpx.HTTPError, ValueError):
        return None
    finally:
        permits.put_nowait(None)


@app.get("/fan-out")
async def fan_out() -> dict[str, list[float | None]]:
    return {"prices": list(await asyncio.gather(*[price_of(item) for item in range(1, 21)]))}


@app.get("/wait")
async def wait() -> dict[str, bool]:
    await asyncio.sleep(0.5)
    return {"done": True}
