"""Mistake: await stands before time.sleep.

Cell: both results, alone
Caught by: test_it_answers_with_both_results
Reads: The sleep that can be awaited is that of asyncio
"""

import asyncio
import time

from fastapi import FastAPI

app = FastAPI()


async def task_1() -> str:
    await time.sleep(2)
    return "Task 1 complete"


async def task_2() -> str:
    await time.sleep(3)
    return "Task 2 complete"


@app.get("/parallel-tasks")
async def parallel_tasks() -> dict[str, list[str]]:
    return {"results": await asyncio.gather(task_1(), task_2())}
