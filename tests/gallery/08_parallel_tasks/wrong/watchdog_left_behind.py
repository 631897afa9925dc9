"""Mistake: a task that was started to watch over the others is never ended.

Cell: nothing left, alone
Caught by: test_no_task_is_left_behind
Reads: Wait for every task or thread that you start
"""

import asyncio

from fastapi import FastAPI

app = FastAPI()


async def task_1() -> str:
    await asyncio.sleep(2)
    return "Task 1 complete"


async def task_2() -> str:
    await asyncio.sleep(3)
    return "Task 2 complete"


async def give_up_after(seconds: float, work: asyncio.Future[list[str]]) -> None:
    await asyncio.sleep(seconds)
    work.cancel()


@app.get("/parallel-tasks")
async def parallel_tasks() -> dict[str, list[str]]:
    work = asyncio.gather(task_1(), task_2())
    watchdog = asyncio.create_task(give_up_after(10, work))
    results = await work
    assert not watchdog.done()
    return {"results": list(results)}
