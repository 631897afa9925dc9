"""asyncio.gather over two coroutines, defined inside the route as in the guide."""

import asyncio

from fastapi import FastAPI

app = FastAPI()


@app.get("/parallel-tasks")
async def parallel_tasks() -> dict[str, list[str]]:
    async def task_1() -> str:
        await asyncio.sleep(2)
        return "Task 1 complete"

    async def task_2() -> str:
        await asyncio.sleep(3)
        return "Task 2 complete"

    results = await asyncio.gather(task_1(), task_2())
    return {"results": list(results)}
