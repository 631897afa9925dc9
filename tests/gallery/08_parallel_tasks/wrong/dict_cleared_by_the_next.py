"""Mistake: the results stand in a dict of the module, which each request clears when it comes.

Cell: own tasks, moments
Caught by: test_requests_that_come_meanwhile_run_their_own_tasks
Reads: the other request cleared or took what it had
"""

import asyncio

from fastapi import FastAPI

app = FastAPI()


results: dict[int, str] = {}


async def task_1() -> None:
    await asyncio.sleep(2)
    results[1] = "Task 1 complete"


async def task_2() -> None:
    await asyncio.sleep(3)
    results[2] = "Task 2 complete"


@app.get("/parallel-tasks")
async def parallel_tasks() -> dict[str, list[str]]:
    results.clear()
    await asyncio.gather(task_1(), task_2())
    return {"results": [results[number] for number in sorted(results)]}
