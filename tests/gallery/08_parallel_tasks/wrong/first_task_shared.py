"""Mistake: a request that comes while another waits joins its first task.

Cell: own tasks, moments
Caught by: test_requests_that_come_meanwhile_run_their_own_tasks
Reads: Each request runs a first task of its own
"""

import asyncio

from fastapi import FastAPI

app = FastAPI()
first: asyncio.Task[str] | None = None


async def task_1() -> str:
    await asyncio.sleep(2)
    return "Task 1 complete"


async def task_2() -> str:
    await asyncio.sleep(3)
    return "Task 2 complete"


@app.get("/parallel-tasks")
async def parallel_tasks() -> dict[str, list[str]]:
    global first
    if first is None or first.done():
        first = asyncio.create_task(task_1())
    second = asyncio.create_task(task_2())
    return {"results": [await asyncio.shield(first), await second]}
