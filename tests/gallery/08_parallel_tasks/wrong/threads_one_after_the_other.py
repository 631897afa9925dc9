"""Mistake: each task is handed to a thread, and awaited before the next is.

Cell: overlap, alone
Caught by: test_the_two_tasks_overlap
Reads: task_2 was not handed to a thread until task_1 had ended
"""

import asyncio
import time

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
    first = await asyncio.to_thread(task_1)
    second = await asyncio.to_thread(task_2)
    return {"results": [first, second]}
