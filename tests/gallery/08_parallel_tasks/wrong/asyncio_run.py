"""Mistake: asyncio.run inside a handler, where a loop runs already.

Cell: both results, alone
Caught by: test_it_answers_with_both_results
Reads: A loop is already running: use `await` instead
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


async def both() -> list[str]:
    return list(await asyncio.gather(task_1(), task_2()))


@app.get("/parallel-tasks")
async def parallel_tasks() -> dict[str, list[str]]:
    return {"results": asyncio.run(both())}
