"""A counter of free places that every price looks at, each millisecond, until there is one."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import httpx
from fastapi import FastAPI, Request

PRICES = "https://prices.example/items"


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncGenerator[None]:
    async with httpx.AsyncClient() as client:
        app.state.client = client
        app.state.free = 5
        yield


app = FastAPI(lifespan=lifespan)


async def price(item: int) -> float | None:
    while not app.state.free:
        await asyncio.sleep(0.001)
    app.state.free -= 1
    try:
        response = await app.state.client.get(f"{PRICES}/{item}")
        return None if response.is_error else response.json()["price"]
    except (httpx.RequestError, ValueError):
        return None
    finally:
        app.state.free += 1


@app.get("/fan-out")
async def fan_out(request: Request) -> dict[str, list[float | None]]:
    return {"prices": await asyncio.gather(*(price(item) for item in range(1, 21)))}


@app.get("/wait")
async def wait() -> dict[str, bool]:
    await asyncio.sleep(0.5)
    return {"done": True}
