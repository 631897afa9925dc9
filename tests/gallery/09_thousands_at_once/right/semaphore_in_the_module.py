"""A semaphore and a client of the module; the lifespan closes the client."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import httpx
from fastapi import FastAPI

client = httpx.AsyncClient(base_url="https://prices.example")
gate = asyncio.Semaphore(5)


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncGenerator[None]:
    yield
    await client.aclose()


app = FastAPI(lifespan=lifespan)


async def price_of(item: int) -> float | None:
    async with gate:
        try:
            response = await client.get(f"/items/{item}")
        except httpx.RequestError:
            return None
    try:
        return response.json()["price"] if response.is_success else None
    except ValueError:
        return None


@app.get("/fan-out")
async def fan_out() -> dict[str, list[float | None]]:
    return {"prices": list(await asyncio.gather(*map(price_of, range(1, 21))))}


@app.get("/wait")
async def wait() -> dict[str, bool]:
    await asyncio.sleep(0.5)
    return {"done": True}
