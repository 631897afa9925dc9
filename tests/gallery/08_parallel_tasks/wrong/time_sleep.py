"""Mistake: the tasks sleep with time.sleep.

Cell: overlap, alone
Caught by: test_the_two_tasks_overlap
Reads: time.sleep blocks the event loop
"""

import asyncio
import time

from fastapi import FastAPI

app = FastAPI()


async def task_1() -> str:
    time.sleep(2)
    return "Task 1 complete"


async def task_2() -> str:
    time.sleep(3)
    return "Task 2 complete"


@app.get("/parallel-tasks")
async def parallel_tasks() -> dict[str, list[str]]:
    results = await asyncio.gather(task_1(), task_2())
    return {"results": list(results)}
