"""Mistake: the first task does not wait, so nobody sees that the two run one after the other.

Cell: two and three, alone
Caught by: test_the_first_task_takes_two_seconds
Reads: Both tasks are work of their own
"""

import asyncio

from fastapi import FastAPI

app = FastAPI()


async def task_1() -> str:
    return "Task 1 complete"


async def task_2() -> str:
    await asyncio.sleep(3)
    return "Task 2 complete"


@app.get("/parallel-tasks")
async def parallel_tasks() -> dict[str, list[str]]:
    return {"results": [await task_1(), await task_2()]}
