"""One task is created in the background, the other coroutine is awaited in the route itself."""

import asyncio

from fastapi import FastAPI
from pydantic import BaseModel

app = FastAPI()


class Results(BaseModel):
    results: list[str]


async def task_1() -> str:
    await asyncio.sleep(2)
    return "Task 1 complete"


async def task_2() -> str:
    await asyncio.sleep(3)
    return "Task 2 complete"


@app.get("/parallel-tasks")
async def parallel_tasks() -> Results:
    second = asyncio.create_task(task_2())
    first = await task_1()
    return Results(results=[first, await second])
