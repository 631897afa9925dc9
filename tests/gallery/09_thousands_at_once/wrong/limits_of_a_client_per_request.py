"""Mistake: httpx.Limits on a client that each request makes for itself.

Cell: five, together
Caught by: test_all_requests_share_the_five
Reads: Requests have gates of their own
"""

import asyncio

import httpx
from fastapi import FastAPI

app = FastAPI()


async def price_of(client: httpx.AsyncClient, item: int) -> float | None:
    try:
        response = await client.get(f"https://prices.example/items/{item}")
        response.raise_for_status()
        return response.json()["price"]
    except (httpx.HTTPError, ValueError):
        return None


@app.get("/fan-out")
async def fan_out() -> dict[str, list[float | None]]:
    limits = httpx.Limits(max_connections=5)
    async with httpx.AsyncClient(limits=limits) as client:
        calls = [price_of(client, item) for item in range(1, 21)]
        return {"prices": list(await asyncio.gather(*calls))}


@app.get("/wait")
async def wait() -> dict[str, bool]:
    await asyncio.sleep(0.5)
    return {"done": True}
