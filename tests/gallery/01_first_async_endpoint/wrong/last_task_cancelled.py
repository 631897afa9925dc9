"""Mistake: each request starts a task that goes on, and the shutdown knows only the last of them.

Cell: nothing left, again
Caught by: test_nothing_is_left_when_the_server_has_stopped
Reads: A task that nobody awaits or cancels runs on
"""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from fastapi import FastAPI

log: asyncio.Task[None] | None = None


async def write_log() -> None:
    while True:
        await asyncio.sleep(60)


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncGenerator[None]:
    yield
    if log is not None:
        log.cancel()


app = FastAPI(lifespan=lifespan)


@app.get("/async-endpoint")
async def async_endpoint() -> dict[str, str]:
    global log
    log = asyncio.create_task(write_log())
    await asyncio.sleep(2)
    return {"message": "This is an async response!"}
