"""Mistake: both tasks run in threads, under one lock.

Cell: overlap, alone
Caught by: test_the_two_tasks_overlap
Reads: something that only one can have, such as a lock
"""

import asyncio
import threading
import time

from fastapi import FastAPI

app = FastAPI()
turn = threading.Lock()


def task_1() -> str:
    with turn:
        time.sleep(2)
    return "Task 1 complete"


def task_2() -> str:
    with turn:
        time.sleep(3)
    return "Task 2 complete"


@app.get("/parallel-tasks")
async def parallel_tasks() -> dict[str, list[str]]:
    return {"results": await asyncio.gather(asyncio.to_thread(task_1), asyncio.to_thread(task_2))}
