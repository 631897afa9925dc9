"""A plain def route that hands both tasks to a thread pool of its own."""

import time
from concurrent.futures import ThreadPoolExecutor

from fastapi import FastAPI

app = FastAPI()


def task(number: int, seconds: float) -> str:
    time.sleep(seconds)
    return f"Task {number} complete"


@app.get("/parallel-tasks")
def parallel_tasks() -> dict[str, list[str]]:
    with ThreadPoolExecutor(max_workers=2) as pool:
        return {"results": list(pool.map(task, (1, 2), (2, 3)))}
