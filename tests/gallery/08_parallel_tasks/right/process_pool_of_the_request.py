"""A process pool for each request, and partial functions that sleep there."""

import asyncio
import time
from concurrent.futures import ProcessPoolExecutor
from functools import partial

from fastapi import FastAPI

app = FastAPI()


async def task(number: int, seconds: float, processes: ProcessPoolExecutor) -> str:
    loop = asyncio.get_running_loop()
    await loop.run_in_executor(processes, partial(time.sleep, seconds))
    return f"Task {number} complete"


@app.get("/parallel-tasks")
async def parallel_tasks() -> dict[str, list[str]]:
    with ProcessPoolExecutor(max_workers=2) as processes:
        return {"results": await asyncio.gather(task(1, 2, processes), task(2, 3, processes))}
