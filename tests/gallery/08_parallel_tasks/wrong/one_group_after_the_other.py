"""Mistake: a task group of its own for each task.

Cell: overlap, alone
Caught by: test_the_two_tasks_overlap
Reads: task_2 was not made a task until task_1 had ended
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
    async with asyncio.TaskGroup() as group:
        first = group.create_task(task_1())
    async with asyncio.TaskGroup() as group:
        second = group.create_task(task_2())
    return {"results": [first.result(), second.result()]}
