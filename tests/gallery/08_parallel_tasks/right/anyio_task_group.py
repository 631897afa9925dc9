"""An anyio task group; each task puts its result into its own place."""

import anyio
from fastapi import FastAPI

app = FastAPI()


async def work(results: list[str], place: int, seconds: float) -> None:
    await anyio.sleep(seconds)
    results[place] = f"Task {place + 1} complete"


@app.get("/parallel-tasks")
async def parallel_tasks() -> dict[str, list[str]]:
    results = ["", ""]
    async with anyio.create_task_group() as group:
        group.start_soon(work, results, 0, 2)
        group.start_soon(work, results, 1, 3)
    return {"results": results}
