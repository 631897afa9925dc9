"""Mistake: the longer task is given to gather first, so its result stands first.

Cell: both results, alone
Caught by: test_it_answers_with_both_results
Reads: in the order in which it was given the tasks
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
    results = await asyncio.gather(task_2(), task_1())
    return {"results": list(results)}
