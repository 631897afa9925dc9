"""Mistake: one ticker counts whole seconds for all, and who comes between two ticks waits too little.

Cell: two seconds, moments
Caught by: test_each_request_waits_two_seconds_whenever_others_come
Reads: It waited until a moment that is not its own
"""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from fastapi import FastAPI

seconds = 0
ticked = asyncio.Condition()


async def tick() -> None:
    global seconds
    while True:
        await asyncio.sleep(1)
        async with ticked:
            seconds += 1
            ticked.notify_all()


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncGenerator[None]:
    ticker = asyncio.create_task(tick())
    yield
    ticker.cancel()


app = FastAPI(lifespan=lifespan)


@app.get("/async-endpoint")
async def async_endpoint() -> dict[str, str]:
    due = seconds + 2
    async with ticked:
        await ticked.wait_for(lambda: seconds >= due)
    return {"message": "This is an async response!"}
