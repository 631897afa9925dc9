"""Mistake: both tasks wait for two seconds.

Cell: overlap, alone
Caught by: test_it_waits_for_both_tasks
Reads: The answer left before the longer task was done
"""

import asyncio

from fastapi import FastAPI

app = FastAPI()


async def task_1() -> str:
    await asyncio.sleep(2)
    return "Task 1 complete"


async def task_2() -> str:
    await asyncio.sleep(2)
    return "Task 2 complete"


@app.get("/parallel-tasks")
async def parallel_tasks() -> dict[str, list[str]]:
    results = await asyncio.gather(task_1(), task_2())
    return {"results": list(results)}
