"""Mistake: asyncio.wait gives up before the longer task is done, whose result is then asked for.

Cell: both results, alone
Caught by: test_it_answers_with_both_results
Reads: The handler raised InvalidStateError: Result is not set.
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
    await asyncio.wait(tasks, timeout=2)
    return {"results": [task.result() for task in tasks]}
