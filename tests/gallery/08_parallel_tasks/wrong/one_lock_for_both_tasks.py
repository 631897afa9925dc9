"""Mistake: the two tasks share a lock, and hold it while they wait.

Cell: overlap, alone
Caught by: test_the_two_tasks_overlap
Reads: something that only one can have, such as a lock
"""

import asyncio

from fastapi import FastAPI

app = FastAPI()


lock = asyncio.Lock()


async def task_1() -> str:
    async with lock:
        await asyncio.sleep(2)
    return "Task 1 complete"


async def task_2() -> str:
    async with lock:
        await asyncio.sleep(3)
    return "Task 2 complete"


@app.get("/parallel-tasks")
async def parallel_tasks() -> dict[str, list[str]]:
    results = await asyncio.gather(task_1(), task_2())
    return {"results": list(results)}
