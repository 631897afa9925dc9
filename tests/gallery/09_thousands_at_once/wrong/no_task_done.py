"""Mistake: the workers never say task_done, so join waits for ever.

Cell: fan-out, alone
Caught by: test_it_answers_with_all_prices_in_order
Reads: `join` waits until `task_done` has been called once
"""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import httpx
from fastapi import FastAPI, Request


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncGenerator[None]:
    async with httpx.AsyncClient() as client:
        app.state.client = client
        app.state.gate = asyncio.Semaphore(5)
        yield


app = FastAPI(lifespan=lifespan)


async def price_of(client: httpx.AsyncClient, gate: asyncio.Semaphore, item: int) -> float | None:
    async with gate:
        try:
            response = await client.get(f"https://prices.example/items/{item}")
            response.raise_for_status()
            return response.json()["price"]
        except (httpx.HTTPError, ValueError):
            return None


@app.get("/fan-out")
async def fan_out(request: Request) -> dict[str, list[float | None]]:
    client: httpx.AsyncClient = request.app.state.client
    gate: asyncio.Semaphore = request.app.state.gate
    prices: list[float | None] = [None] * 20
    items: asyncio.Queue[int] = asyncio.Queue()
    for item in range(1, 21):
        items.put_nowait(item)

    async def work() -> None:
        while True:
            item = await items.get()
            prices[item - 1] = await price_of(client, gate, item)

    workers = [asyncio.create_task(work()) for _ in range(5)]
    await items.join()
    for worker in workers:
        worker.cancel()
    return {"prices": prices}


@app.get("/wait")
async def wait() -> dict[str, bool]:
    await asyncio.sleep(0.5)
    return {"done": True}
