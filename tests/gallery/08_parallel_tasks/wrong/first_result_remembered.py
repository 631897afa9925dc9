"""Mistake: the first task runs once, and later requests get the result that it had then.

Cell: own tasks, again
Caught by: test_tasks_start_when_their_request_comes
Reads: Its first task was under way before it came
"""

import asyncio

from fastapi import FastAPI

app = FastAPI()
remembered: dict[str, str] = {}


async def task_1() -> str:
    if "first" not in remembered:
        await asyncio.sleep(2)
        remembered["first"] = "Task 1 complete"
    return remembered["first"]


async def task_2() -> str:
    await asyncio.sleep(3)
    return "Task 2 complete"


@app.get("/parallel-tasks")
async def parallel_tasks() -> dict[str, list[str]]:
    return {"results": await asyncio.gather(task_1(), task_2())}
