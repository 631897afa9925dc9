"""Mistake: the first answer is kept and given to everybody after.

Cell: own tasks, again
Caught by: test_two_requests_at_once_still_take_three_seconds
Reads: as if an earlier wait could stand for its own
"""

import asyncio

from fastapi import FastAPI

app = FastAPI()


answers: list[list[str]] = []


async def task_1() -> str:
    await asyncio.sleep(2)
    return "Task 1 complete"


async def task_2() -> str:
    await asyncio.sleep(3)
    return "Task 2 complete"


@app.get("/parallel-tasks")
async def parallel_tasks() -> dict[str, list[str]]:
    if not answers:
        answers.append(list(await asyncio.gather(task_1(), task_2())))
    return {"results": answers[0]}
