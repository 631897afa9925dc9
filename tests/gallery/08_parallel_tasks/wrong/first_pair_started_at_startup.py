"""Mistake: the tasks of the first request are started with the server.

Cell: own tasks, moments
Caught by: test_tasks_start_when_their_request_comes
Reads: Its tasks were under way before it came
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI


async def task_1() -> str:
    await asyncio.sleep(2)
    return "Task 1 complete"


async def task_2() -> str:
    await asyncio.sleep(3)
    return "Task 2 complete"


async def both() -> list[str]:
    return list(await asyncio.gather(task_1(), task_2()))


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    app.state.warm_up = warm_up = asyncio.create_task(both())
    yield
    warm_up.cancel()


app = FastAPI(lifespan=lifespan)


@app.get("/parallel-tasks")
async def parallel_tasks() -> dict[str, list[str]]:
    task, app.state.warm_up = app.state.warm_up, None
    if task is None:
        task = asyncio.create_task(both())
    return {"results": await task}
