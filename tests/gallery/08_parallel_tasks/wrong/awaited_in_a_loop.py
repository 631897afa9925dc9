"""Mistake: a list comprehension awaits one coroutine after the other.

Cell: overlap, alone
Caught by: test_the_two_tasks_overlap
Reads: this line awaits the one before it comes to the other
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
    return {"results": [await coroutine for coroutine in (task_1(), task_2())]}
