"""Mistake: the tasks are awaited one below the other.

Cell: overlap, alone
Caught by: test_the_two_tasks_overlap
Reads: of two awaits, the second is not reached
"""

import asyncio

from fastapi import FastAPI

app = FastAPI()


async def task_1() -> str:
    await asyncio.sleep(2)
    return "Task 1 complete"


async def task_2() -> str:
    await asyncio.sleep(3)
    return "Task 2 complete"


@app.get("/parallel-tasks")
async def parallel_tasks() -> dict[str, list[str]]:
    first = await task_1()
    second = await task_2()
    return {"results": [first, second]}
