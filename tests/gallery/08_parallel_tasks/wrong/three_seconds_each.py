"""Mistake: both tasks wait three seconds.

Cell: two and three, alone
Caught by: test_the_first_task_takes_two_seconds
Reads: Both tasks are work of their own
"""

import asyncio

from fastapi import FastAPI

app = FastAPI()


async def task(number: int) -> str:
    await asyncio.sleep(3)
    return f"Task {number} complete"


@app.get("/parallel-tasks")
async def parallel_tasks() -> dict[str, list[str]]:
    return {"results": await asyncio.gather(task(1), task(2))}
