"""Mistake: each task takes one of four permits, and gives none back.

Cell: two at once, again
Caught by: test_two_requests_at_once_still_take_three_seconds
Reads: waits for something that nothing will ever bring
"""

import asyncio

from fastapi import FastAPI

app = FastAPI()
permits = asyncio.Semaphore(4)


async def task_1() -> str:
    await permits.acquire()
    await asyncio.sleep(2)
    return "Task 1 complete"


async def task_2() -> str:
    await permits.acquire()
    await asyncio.sleep(3)
    return "Task 2 complete"


@app.get("/parallel-tasks")
async def parallel_tasks() -> dict[str, list[str]]:
    return {"results": await asyncio.gather(task_1(), task_2())}
