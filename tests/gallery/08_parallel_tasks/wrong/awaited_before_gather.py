"""Mistake: the coroutines are awaited before gather gets them.

Cell: both results, alone
Caught by: test_it_answers_with_both_results
Reads: The handler raised TypeError: An asyncio.Future, a coroutine or an awaitable is required
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
    results = await asyncio.gather(await task_1(), await task_2())  # pyright: ignore
    return {"results": list(results)}
