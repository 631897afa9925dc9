"""Mistake: the list of results is global, so it grows with every request.

Cell: first comes first, together
Caught by: test_the_order_is_the_same_every_time
Reads: An answer holds the two results of its own request
"""

import asyncio

from fastapi import FastAPI

app = FastAPI()


results: list[str] = []


async def task_1() -> None:
    await asyncio.sleep(2)
    results.append("Task 1 complete")


async def task_2() -> None:
    await asyncio.sleep(3)
    results.append("Task 2 complete")


@app.get("/parallel-tasks")
async def parallel_tasks() -> dict[str, list[str]]:
    await asyncio.gather(task_1(), task_2())
    return {"results": results}
