"""Mistake: a lock lets one request at a time gather its tasks.

Cell: two at once, together
Caught by: test_two_requests_at_once_still_take_three_seconds
Reads: All four tasks can wait at the same time
"""

import asyncio

from fastapi import FastAPI

app = FastAPI()


lock = asyncio.Lock()


async def task_1() -> str:
    await asyncio.sleep(2)
    return "Task 1 complete"


async def task_2() -> str:
    await asyncio.sleep(3)
    return "Task 2 complete"


@app.get("/parallel-tasks")
async def parallel_tasks() -> dict[str, list[str]]:
    async with lock:
        results = await asyncio.gather(task_1(), task_2())
    return {"results": list(results)}
