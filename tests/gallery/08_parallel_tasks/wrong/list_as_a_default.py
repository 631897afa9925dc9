"""Mistake: the list of results is a default argument, which is made once for all requests.

Cell: first comes first, together
Caught by: test_the_order_is_the_same_every_time
Reads: An answer holds the two results of its own request
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


async def both(results: list[str] = []) -> list[str]:  # noqa: B006
    results += await asyncio.gather(task_1(), task_2())
    return list(results)


@app.get("/parallel-tasks")
async def parallel_tasks() -> dict[str, list[str]]:
    return {"results": await both()}
