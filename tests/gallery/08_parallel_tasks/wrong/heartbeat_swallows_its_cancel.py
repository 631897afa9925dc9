"""Mistake: a task of the lifespan swallows its cancellation and goes on.

Cell: nothing left, alone
Caught by: test_no_task_is_left_behind
Reads: The server has stopped, and this goes on although it was cancelled
"""

import asyncio
import logging
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from fastapi import FastAPI

log = logging.getLogger(__name__)


async def heartbeat() -> None:
    while True:
        try:
            await asyncio.sleep(1)
            log.debug("alive, %d tasks", len(asyncio.all_tasks()))
        except:  # noqa: E722  the heartbeat must never die
            log.exception("heartbeat")


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncGenerator[None]:
    beat = asyncio.create_task(heartbeat())
    yield
    beat.cancel()
    await asyncio.wait([beat], timeout=1)


app = FastAPI(lifespan=lifespan)


async def task_1() -> str:
    await asyncio.sleep(2)
    return "Task 1 complete"


async def task_2() -> str:
    await asyncio.sleep(3)
    return "Task 2 complete"


@app.get("/parallel-tasks")
async def parallel_tasks() -> dict[str, list[str]]:
    results = await asyncio.gather(task_1(), task_2())
    return {"results": list(results)}
