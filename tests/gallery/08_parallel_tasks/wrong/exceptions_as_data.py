"""Mistake: return_exceptions=True turns a failed task into a part of the answer.

Caught by: test_it_answers_with_both_results
Reads: ?
"""

import asyncio

from fastapi import FastAPI

app = FastAPI()


async def task_1() -> str:
    await asyncio.sleep(2)
    return "Task 1 complete"


async def task_2() -> str:
    await asyncio.sleep(3.0, seconds=3)  # pyright: ignore
    return "Task 2 complete"


@app.get("/parallel-tasks")
async def parallel_tasks() -> dict[str, list[str]]:
    results = await asyncio.gather(task_1(), task_2(), return_exceptions=True)
    return {"results": [str(result) for result in results]}
