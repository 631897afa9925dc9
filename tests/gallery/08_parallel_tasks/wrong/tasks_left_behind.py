"""Mistake: the tasks are created, and the answer does not wait for them.

Cell: overlap, alone
Caught by: test_it_waits_for_both_tasks
Reads: When the answer left, task_1 was not done
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
    asyncio.create_task(task_1())
    asyncio.create_task(task_2())
    return {"results": ["Task 1 complete", "Task 2 complete"]}
