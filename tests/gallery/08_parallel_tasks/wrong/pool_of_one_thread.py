"""Mistake: both tasks are handed at once to a pool of one thread.

Cell: overlap, alone
Caught by: test_the_two_tasks_overlap
Reads: task_2 was handed over at once, and had no thread
"""

import asyncio
import time
from concurrent.futures import ThreadPoolExecutor

from fastapi import FastAPI

app = FastAPI()


def task_1() -> str:
    time.sleep(2)
    return "Task 1 complete"


def task_2() -> str:
    time.sleep(3)
    return "Task 2 complete"


@app.get("/parallel-tasks")
async def parallel_tasks() -> dict[str, list[str]]:
    run = asyncio.get_running_loop().run_in_executor
    with ThreadPoolExecutor(max_workers=1) as pool:
        return {"results": await asyncio.gather(run(pool, task_1), run(pool, task_2))}
