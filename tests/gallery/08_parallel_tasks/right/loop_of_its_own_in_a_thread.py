"""A plain def route, which runs in a worker thread, and there may start a loop of its own."""

import asyncio

from fastapi import FastAPI

app = FastAPI()


async def task(number: int, seconds: float) -> str:
    await asyncio.sleep(seconds)
    return f"Task {number} complete"


async def both() -> list[str]:
    return list(await asyncio.gather(task(1, 2), task(2, 3)))


@app.get("/parallel-tasks")
def parallel_tasks() -> dict[str, list[str]]:
    return {"results": asyncio.run(both())}
