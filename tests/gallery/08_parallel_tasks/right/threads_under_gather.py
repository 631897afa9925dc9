"""The tasks are plain functions that sleep; gather waits for two worker threads."""

import asyncio
import time

from fastapi import FastAPI

app = FastAPI()


def task_1() -> str:
    time.sleep(2)
    return "Task 1 complete"


def task_2() -> str:
    time.sleep(3)
    return "Task 2 complete"


@app.get("/parallel-tasks")
async def parallel_tasks() -> dict[str, list[str]]:
    results = await asyncio.gather(asyncio.to_thread(task_1), asyncio.to_thread(task_2))
    return {"results": list(results)}
