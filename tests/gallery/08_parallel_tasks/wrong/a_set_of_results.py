"""Mistake: the results come from the set that asyncio.wait returns.

Caught by: test_the_order_is_the_same_every_time
Reads: A set has no order
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
    done, _ = await asyncio.wait(tasks)
    return {"results": [task.result() for task in done]}
