"""A list of coroutines, unpacked into gather inside a dependency."""

import asyncio
from typing import Annotated

from fastapi import Depends, FastAPI

app = FastAPI()


class Task:
    def __init__(self, number: int, seconds: float) -> None:
        self.number = number
        self.seconds = seconds

    async def run(self) -> str:
        await asyncio.sleep(self.seconds)
        return f"Task {self.number} complete"


async def results_of_both() -> list[str]:
    tasks = [Task(1, 2), Task(2, 3)]
    return list(await asyncio.gather(*(task.run() for task in tasks)))


@app.get("/parallel-tasks")
async def parallel_tasks(
    results: Annotated[list[str], Depends(results_of_both)],
) -> dict[str, list[str]]:
    return {"results": results}
