"""Two tasks that are looked at every ten milliseconds until both are done; one of them waits for a datetime."""

import asyncio
from datetime import UTC, datetime, timedelta

from fastapi import FastAPI

app = FastAPI()


async def task_1() -> str:
    end = datetime.now(UTC) + timedelta(seconds=2)
    while datetime.now(UTC) < end:
        await asyncio.sleep(0.01)
    return "Task 1 complete"


async def task_2() -> str:
    await asyncio.sleep(3)
    return "Task 2 complete"


@app.get("/parallel-tasks")
async def parallel_tasks() -> dict[str, list[str]]:
    tasks = [asyncio.create_task(task_1()), asyncio.create_task(task_2())]
    while not all(task.done() for task in tasks):
        await asyncio.sleep(0.01)
    return {"results": [task.result() for task in tasks]}
