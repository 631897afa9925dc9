"""Mistake: the coroutines are built and nobody runs them.

Cell: overlap, alone
Caught by: test_it_waits_for_both_tasks
Reads: You built a coroutine and dropped it
"""

import asyncio

from fastapi import FastAPI

app = FastAPI()


async def task_1() -> str:
    await asyncio.sleep(2)
    return "Task 1 complete"


async def task_2() -> str:
    await asyncio.sleep(3)
    return "Task 2 complete"


@app.get("/parallel-tasks")
async def parallel_tasks() -> dict[str, list[str]]:
    task_1()  # pyright: ignore
    task_2()  # pyright: ignore
    return {"results": ["Task 1 complete", "Task 2 complete"]}
