"""Mistake: a worker ends with its first failed call, and after five of them nobody works.

Cell: enough, failures
Caught by: test_failures_give_their_places_back
Reads: Failures kept their places
"""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import httpx
from fastapi import FastAPI, Request

Job = tuple[int, asyncio.Future[float | None]]


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncGenerator[None]:
    async with httpx.AsyncClient() as client:
        app.state.client = client
        jobs: asyncio.Queue[Job] = asyncio.Queue()
        app.state.jobs = jobs
        workers = [asyncio.create_task(work(client, jobs)) for _ in range(5)]
        try:
            yield
        finally:
            for worker in workers:
                worker.cancel()
            await asyncio.gather(*workers, return_exceptions=True)


app = FastAPI(lifespan=lifespan)


async def work(client: httpx.AsyncClient, jobs: asyncio.Queue[Job]) -> None:
    try:
        while True:
            item, price = await jobs.get()
            response = await client.get(f"https://prices.example/items/{item}")
            if response.is_error:
                price.set_result(None)
                break
            price.set_result(response.json()["price"])
    except (httpx.RequestError, ValueError):
        price.set_result(None)  # pyright: ignore


@app.get("/fan-out")
async def fan_out(request: Request) -> dict[str, list[float | None]]:
    loop = asyncio.get_running_loop()
    wanted = [(item, loop.create_future()) for item in range(1, 21)]
    for job in wanted:
        request.app.state.jobs.put_nowait(job)
    return {"prices": [await price for _, price in wanted]}


@app.get("/wait")
async def wait() -> dict[str, bool]:
    await asyncio.sleep(0.5)
    return {"done": True}
