"""Mistake: the moment at which a task ends is a default argument, which is made once, at the import.

Cell: own tasks, again
Caught by: test_two_requests_at_once_still_take_three_seconds
Reads: as if an earlier wait could stand for its own
"""

import asyncio
import time

from fastapi import FastAPI

app = FastAPI()


async def task_1(ends: float = time.monotonic() + 2) -> str:
    await asyncio.sleep(max(0, ends - time.monotonic()))
    return "Task 1 complete"


async def task_2(ends: float = time.monotonic() + 3) -> str:
    await asyncio.sleep(max(0, ends - time.monotonic()))
    return "Task 2 complete"


@app.get("/parallel-tasks")
async def parallel_tasks() -> dict[str, list[str]]:
    return {"results": await asyncio.gather(task_1(), task_2())}
