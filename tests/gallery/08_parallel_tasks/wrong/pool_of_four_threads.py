"""Mistake: the tasks sleep in one pool of four threads, so a third request waits for the first.

Cell: own tasks, together
Caught by: test_requests_that_come_meanwhile_run_their_own_tasks
Reads: An earlier request held it up, or a moment that all share
"""

import asyncio
import time
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager

from fastapi import FastAPI


def task_1() -> str:
    time.sleep(2)
    return "Task 1 complete"


def task_2() -> str:
    time.sleep(3)
    return "Task 2 complete"


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    with ThreadPoolExecutor(max_workers=4) as pool:
        app.state.pool = pool
        yield


app = FastAPI(lifespan=lifespan)


@app.get("/parallel-tasks")
async def parallel_tasks() -> dict[str, list[str]]:
    loop = asyncio.get_running_loop()
    results = await asyncio.gather(
        loop.run_in_executor(app.state.pool, task_1),
        loop.run_in_executor(app.state.pool, task_2),
    )
    return {"results": list(results)}
