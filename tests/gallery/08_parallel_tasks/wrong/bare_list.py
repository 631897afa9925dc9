"""Mistake: the answer is the list, without the object round it.

Cell: both results, alone
Caught by: test_it_answers_with_both_results
Reads: The list stands in an object
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
async def parallel_tasks() -> list[str]:
    return list(await asyncio.gather(task_1(), task_2()))
