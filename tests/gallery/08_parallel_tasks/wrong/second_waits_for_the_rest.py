"""Mistake: the second task follows the first, and waits for the one second that is left of the three.

Cell: two and three, alone
Caught by: test_the_first_task_takes_two_seconds
Reads: Three seconds are the longer task's own
"""

import asyncio

from fastapi import FastAPI

app = FastAPI()


async def task_1() -> str:
    await asyncio.sleep(2)
    return "Task 1 complete"


async def task_2() -> str:
    await asyncio.sleep(1)
    return "Task 2 complete"


@app.get("/parallel-tasks")
async def parallel_tasks() -> dict[str, list[str]]:
    return {"results": [await task_1(), await task_2()]}
