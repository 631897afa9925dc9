"""Mistake: a request that comes while the tasks of another run joins them.

Cell: own tasks, moments
Caught by: test_requests_that_come_meanwhile_run_their_own_tasks
Reads: such as the end of tasks that ran already
"""

import asyncio

from fastapi import FastAPI

app = FastAPI()
running: asyncio.Future[list[str]] | None = None


async def task_1() -> str:
    await asyncio.sleep(2)
    return "Task 1 complete"


async def task_2() -> str:
    await asyncio.sleep(3)
    return "Task 2 complete"


@app.get("/parallel-tasks")
async def parallel_tasks() -> dict[str, list[str]]:
    global running
    if running is None or running.done():
        running = asyncio.gather(task_1(), task_2())
    return {"results": await asyncio.shield(running)}
