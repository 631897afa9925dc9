"""Mistake: the task that wakes all requests ends when nobody has come for ten seconds.

Cell: two seconds, again
Caught by: test_the_answer_takes_two_seconds
Reads: This was one more, after 12 idle seconds
"""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from fastapi import FastAPI

arrivals: asyncio.Queue[asyncio.Future[None]] = asyncio.Queue()


async def wake_all() -> None:
    loop = asyncio.get_running_loop()
    while True:
        try:
            waiter = await asyncio.wait_for(arrivals.get(), 10)
        except TimeoutError:
            return
        loop.call_later(2, waiter.set_result, None)


@asynccontextmanager
async def lifespan(_: FastAPI) -> AsyncGenerator[None]:
    waker = asyncio.create_task(wake_all())
    yield
    waker.cancel()


app = FastAPI(lifespan=lifespan)


@app.get("/async-endpoint")
async def async_endpoint() -> dict[str, str]:
    waiter = asyncio.get_running_loop().create_future()
    await arrivals.put(waiter)
    await waiter
    return {"message": "This is an async response!"}
