"""Five workers, started in the lifespan, take calls off a queue that all requests share."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import httpx
from fastapi import FastAPI

Job = tuple[int, asyncio.Future[float | None]]


async def fetch(client: httpx.AsyncClient, item: int) -> float | None:
    try:
        response = await client.get(f"https://prices.example/items/{item}")
        response.raise_for_status()
        return response.json()["price"]
    except (httpx.HTTPError, ValueError):
        return None


async def work(client: httpx.AsyncClient, jobs: asyncio.Queue[Job]) -> None:
    while True:
        item, price = await jobs.get()
        try:
            price.set_result(await fetch(client, item))
        except Exception as error:
            # A worker that dies would leave four.
            price.set_exception(error)


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncGenerator[None]:
    jobs: asyncio.Queue[Job] = asyncio.Queue()
    app.state.jobs = jobs
    async with httpx.AsyncClient() as client:
        workers = [asyncio.create_task(work(client, jobs)) for _ in range(5)]
        try:
            yield
        finally:
            for worker in workers:
                worker.cancel()
            await asyncio.gather(*workers, return_exceptions=True)


app = FastAPI(lifespan=lifespan)


@app.get("/fan-out")
async def fan_out() -> dict[str, list[float | None]]:
    jobs: asyncio.Queue[Job] = app.state.jobs
    loop = asyncio.get_running_loop()
    wanted = [(item, loop.create_future()) for item in range(1, 21)]
    for job in wanted:
        jobs.put_nowait(job)
    return {"prices": [await price for _, price in wanted]}


@app.get("/wait")
async def wait() -> dict[str, bool]:
    await asyncio.sleep(0.5)
    return {"done": True}
