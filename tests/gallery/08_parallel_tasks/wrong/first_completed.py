"""Mistake: the route waits for the first task only.

Cell: overlap, alone
Caught by: test_it_waits_for_both_tasks
Reads: When the answer left, task_2 was not done
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
    tasks = [asyncio.create_task(task_1()), asyncio.create_task(task_2())]
    await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    return {"results": [f"Task {number} complete" for number, _ in enumerate(tasks, start=1)]}
