"""Mistake: the second task ends when the clock shows a whole second, so most requests end together.

Cell: own tasks, moments
Caught by: test_requests_that_come_meanwhile_run_their_own_tasks
Reads: An earlier request held it up, or a moment that all share
"""

import asyncio

from fastapi import FastAPI

app = FastAPI()


async def task_1() -> str:
    await asyncio.sleep(2)
    return "Task 1 complete"


async def task_2() -> str:
    now = asyncio.get_running_loop().time()
    await asyncio.sleep(round(now + 3) - now)
    return "Task 2 complete"


@app.get("/parallel-tasks")
async def parallel_tasks() -> dict[str, list[str]]:
    return {"results": await asyncio.gather(task_1(), task_2())}
