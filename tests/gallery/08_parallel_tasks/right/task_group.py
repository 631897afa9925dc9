"""A TaskGroup; the results are read after its block."""

import asyncio

from fastapi import FastAPI

app = FastAPI()


async def task(number: int, seconds: float) -> str:
    await asyncio.sleep(seconds)
    return f"Task {number} complete"


@app.get("/parallel-tasks")
async def parallel_tasks() -> dict[str, list[str]]:
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(task(number, seconds)) for number, seconds in ((1, 2), (2, 3))]
    return {"results": [done.result() for done in tasks]}
