"""Mistake: nobody awaits what gather returns.

Cell: both results, alone
Caught by: test_it_answers_with_both_results
Reads: Error iterating over object
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
    results = asyncio.gather(task_1(), task_2())
    return {"results": results}  # pyright: ignore
