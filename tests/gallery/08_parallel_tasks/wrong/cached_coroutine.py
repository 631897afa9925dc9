"""Mistake: lru_cache keeps the coroutine, and a coroutine can be awaited only once.

Cell: own tasks, again
Caught by: test_two_requests_at_once_still_take_three_seconds
Reads: cannot reuse already awaited coroutine
"""

import asyncio
from functools import lru_cache

from fastapi import FastAPI

app = FastAPI()


async def task_1() -> str:
    await asyncio.sleep(2)
    return "Task 1 complete"


async def task_2() -> str:
    await asyncio.sleep(3)
    return "Task 2 complete"


@lru_cache
async def both() -> list[str]:
    return list(await asyncio.gather(task_1(), task_2()))


@app.get("/parallel-tasks")
async def parallel_tasks() -> dict[str, list[str]]:
    return {"results": await both()}
