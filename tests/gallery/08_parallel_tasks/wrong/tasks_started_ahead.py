"""Mistake: the tasks for the next request are started as soon as the server is free.

Cell: own tasks, again
Caught by: test_tasks_start_when_their_request_comes
Reads: Its tasks were under way before it came
"""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from fastapi import FastAPI

ahead: list[asyncio.Future[list[str]]] = []


def start() -> None:
    ahead.append(asyncio.gather(task_1(), task_2()))


@asynccontextmanager
async def lifespan(_: FastAPI) -> AsyncGenerator[None]:
    start()
    yield
    for tasks in ahead:
        tasks.cancel()


app = FastAPI(lifespan=lifespan)


async def task_1() -> str:
    await asyncio.sleep(2)
    return "Task 1 complete"


async def task_2() -> str:
    await asyncio.sleep(3)
    return "Task 2 complete"


@app.get("/parallel-tasks")
async def parallel_tasks() -> dict[str, list[str]]:
    results = await (ahead.pop() if ahead else asyncio.gather(task_1(), task_2()))
    if not ahead:
        start()
    return {"results": results}
