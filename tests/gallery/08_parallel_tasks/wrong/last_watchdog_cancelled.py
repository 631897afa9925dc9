"""Mistake: each request starts a watchdog, and the shutdown knows only the last of them.

Cell: nothing left, together
Caught by: test_no_task_is_left_behind
Reads: Wait for every task or thread that you start
"""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from fastapi import FastAPI

watchdog: asyncio.Task[None] | None = None


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncGenerator[None]:
    yield
    if watchdog is not None:
        watchdog.cancel()


app = FastAPI(lifespan=lifespan)


async def task_1() -> str:
    await asyncio.sleep(2)
    return "Task 1 complete"


async def task_2() -> str:
    await asyncio.sleep(3)
    return "Task 2 complete"


async def watch() -> None:
    while True:
        await asyncio.sleep(30)


@app.get("/parallel-tasks")
async def parallel_tasks() -> dict[str, list[str]]:
    global watchdog
    watchdog = asyncio.create_task(watch())
    return {"results": await asyncio.gather(task_1(), task_2())}
