"""Mistake: the route waits the three seconds itself, and there are no tasks.

Cell: two and three, alone
Caught by: test_the_first_task_takes_two_seconds
Reads: Both tasks are work of their own
"""

import asyncio

from fastapi import FastAPI

app = FastAPI()


@app.get("/parallel-tasks")
async def parallel_tasks() -> dict[str, list[str]]:
    await asyncio.sleep(3)
    return {"results": ["Task 1 complete", "Task 2 complete"]}
