"""Mistake: the second task waits for an event which the first request has set for good.

Cell: own tasks, again
Caught by: test_two_requests_at_once_still_take_three_seconds
Reads: as if an earlier wait could stand for its own
"""

import asyncio

from fastapi import FastAPI

app = FastAPI()
over = asyncio.Event()


async def task_1() -> str:
    await asyncio.sleep(2)
    asyncio.get_running_loop().call_later(1, over.set)
    return "Task 1 complete"


async def task_2() -> str:
    await over.wait()
    return "Task 2 complete"


@app.get("/parallel-tasks")
async def parallel_tasks() -> dict[str, list[str]]:
    return {"results": await asyncio.gather(task_1(), task_2())}
