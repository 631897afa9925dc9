"""Mistake: the first task for the next request is started when the last one was answered.

Cell: own tasks, again
Caught by: test_tasks_start_when_their_request_comes
Reads: Its first task was under way before it came
"""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from fastapi import FastAPI

ahead: list[asyncio.Task[str]] = []


@asynccontextmanager
async def lifespan(_: FastAPI) -> AsyncGenerator[None]:
    yield
    for task in ahead:
        task.cancel()


app = FastAPI(lifespan=lifespan)


async def task_1() -> str:
    await asyncio.sleep(2)
    return "Task 1 complete"


async def task_2() -> str:
    await asyncio.sleep(3)
    return "Task 2 complete"


@app.get("/parallel-tasks")
async def parallel_tasks() -> dict[str, list[str]]:
    first = ahead.pop() if ahead else asyncio.create_task(task_1())
    second = asyncio.create_task(task_2())
    results = [await first, await second]
    if not ahead:
        ahead.append(asyncio.create_task(task_1()))
    return {"results": results}
