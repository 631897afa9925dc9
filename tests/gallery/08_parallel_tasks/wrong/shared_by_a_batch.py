"""Mistake: requests that come within twenty milliseconds share two tasks.

Cell: own tasks, together
Caught by: test_requests_that_come_meanwhile_run_their_own_tasks
Reads: Requests that came at the same moment shared a task
"""

import asyncio

from fastapi import FastAPI

app = FastAPI()
batch: list[asyncio.Future[list[str]]] = []


async def task_1() -> str:
    await asyncio.sleep(2)
    return "Task 1 complete"


async def task_2() -> str:
    await asyncio.sleep(3)
    return "Task 2 complete"


@app.get("/parallel-tasks")
async def parallel_tasks() -> dict[str, list[str]]:
    if not batch:
        batch.append(asyncio.gather(task_1(), task_2()))
        asyncio.get_running_loop().call_later(0.02, batch.clear)
    return {"results": await asyncio.shield(batch[0])}
