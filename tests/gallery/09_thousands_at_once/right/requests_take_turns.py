"""Five workers, and each takes the next item of the request whose turn it is."""

import asyncio
from collections import deque
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import httpx
from fastapi import FastAPI

Job = tuple[int, asyncio.Future[float | None]]


class Turns:
    def __init__(self, client: httpx.AsyncClient) -> None:
        self.client = client
        self.requests: deque[deque[Job]] = deque()
        self.changed = asyncio.Condition()

    async def prices(self) -> list[float | None]:
        loop = asyncio.get_running_loop()
        jobs: deque[Job] = deque((item, loop.create_future()) for item in range(1, 21))
        prices = [price for _, price in jobs]
        async with self.changed:
            self.requests.append(jobs)
            self.changed.notify_all()
        return await asyncio.gather(*prices)

    async def next_job(self) -> Job:
        async with self.changed:
            await self.changed.wait_for(lambda: self.requests)
            jobs = self.requests.popleft()
            job = jobs.popleft()
            if jobs:
                self.requests.append(jobs)
            return job

    async def work(self) -> None:
        while True:
            item, price = await self.next_job()
            try:
                response = await self.client.get(f"https://prices.example/items/{item}")
                came = response.raise_for_status().json()["price"]
            except (httpx.HTTPError, ValueError):
                came = None
            if not price.done():
                price.set_result(came)


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncGenerator[None]:
    async with httpx.AsyncClient() as client, asyncio.TaskGroup() as group:
        app.state.turns = Turns(client)
        workers = [group.create_task(app.state.turns.work()) for _ in range(5)]
        yield
        for worker in workers:
            worker.cancel()


app = FastAPI(lifespan=lifespan)


@app.get("/fan-out")
async def fan_out() -> dict[str, list[float | None]]:
    turns: Turns = app.state.turns
    return {"prices": await turns.prices()}


@app.get("/wait")
async def wait() -> dict[str, bool]:
    await asyncio.sleep(0.5)
    return {"done": True}
