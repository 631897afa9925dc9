"""Each call runs in a worker thread, with a client of its own; threads wait at a threading.Semaphore."""

import asyncio
import threading

import httpx
from fastapi import FastAPI

app = FastAPI()
gate = threading.Semaphore(5)


def price_of(item: int) -> float | None:
    with gate, httpx.Client(base_url="https://prices.example") as client:
        try:
            return client.get(f"/items/{item}").raise_for_status().json()["price"]
        except (httpx.HTTPError, ValueError):
            return None


@app.get("/fan-out")
async def fan_out() -> dict[str, list[float | None]]:
    calls = [asyncio.to_thread(price_of, item) for item in range(1, 21)]
    return {"prices": list(await asyncio.gather(*calls))}


@app.get("/wait")
async def wait() -> dict[str, bool]:
    await asyncio.sleep(0.5)
    return {"done": True}
