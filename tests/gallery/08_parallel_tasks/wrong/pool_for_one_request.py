"""Mistake: both requests share an executor with two threads, enough for one of them.

Cell: two at once, together
Caught by: test_two_requests_at_once_still_take_three_seconds
Reads: All four tasks can wait at the same time
"""

import asyncio
import time
from concurrent.futures import ThreadPoolExecutor

from fastapi import FastAPI

app = FastAPI()


pool = ThreadPoolExecutor(max_workers=2)


def task_1() -> str:
    time.sleep(2)
    return "Task 1 complete"


def task_2() -> str:
    time.sleep(3)
    return "Task 2 complete"


@app.get("/parallel-tasks")
async def parallel_tasks() -> dict[str, list[str]]:
    loop = asyncio.get_running_loop()
    results = await asyncio.gather(
        loop.run_in_executor(pool, task_1), loop.run_in_executor(pool, task_2)
    )
    return {"results": list(results)}
