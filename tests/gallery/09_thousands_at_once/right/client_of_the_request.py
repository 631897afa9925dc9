"""Each request opens and closes a client of its own; the gate is made once, for all."""

import asyncio

import httpx
from fastapi import FastAPI

app = FastAPI()
gate = asyncio.Semaphore(5)


async def price_of(client: httpx.AsyncClient, item: int) -> float | None:
    async with gate:
        try:
            response = await client.get(f"https://prices.example/items/{item}")
            response.raise_for_status()
            return response.json()["price"]
        except (httpx.HTTPError, ValueError):
            return None


@app.get("/fan-out")
async def fan_out() -> dict[str, list[float | None]]:
    async with httpx.AsyncClient() as client:
        calls = [price_of(client, item) for item in range(1, 21)]
        return {"prices": list(await asyncio.gather(*calls))}


@app.get("/wait")
async def wait() -> dict[str, bool]:
    await asyncio.sleep(0.5)
    return {"done": True}
