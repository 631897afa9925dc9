"""Mistake: a time limit cancels the longer task, which catches that and says that it is complete.

Cell: overlap, alone
Caught by: test_it_waits_for_both_tasks
Reads: A task that is cancelled is not done
"""

import asyncio
import contextlib

from fastapi import FastAPI

app = FastAPI()


async def task_1() -> str:
    await asyncio.sleep(2)
    return "Task 1 complete"


async def task_2() -> str:
    with contextlib.suppress(asyncio.CancelledError):
        await asyncio.sleep(3)
    return "Task 2 complete"


@app.get("/parallel-tasks")
async def parallel_tasks() -> dict[str, list[str]]:
    async with asyncio.TaskGroup() as group:
        first = group.create_task(task_1())
        second = group.create_task(task_2())
        asyncio.get_running_loop().call_later(2, second.cancel)
    return {"results": [first.result(), second.result()]}
