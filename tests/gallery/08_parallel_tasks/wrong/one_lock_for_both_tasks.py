"""Mistake: the two tasks share a lock, and hold it while they wait.

Caught by: test_the_two_tasks_overlap
Reads: task_2 did not start until task_1 had ended
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
