"""Mistake: the moment at which the tasks end is a global, and each new request moves it.

Cell: own tasks, moments
Caught by: test_requests_that_come_meanwhile_run_their_own_tasks
Reads: or moved the moment at which its tasks were to end
"""

import asyncio

from fastapi import FastAPI

app = FastAPI()
began = 0.0


async def task_1() -> str:
    await asyncio.sleep(2)
    return "Task 1 complete"


async def task_2() -> str:
    loop = asyncio.get_running_loop()
    while loop.time() < began + 3:
        await asyncio.sleep(began + 3 - loop.time())
    return "Task 2 complete"


@app.get("/parallel-tasks")
async def parallel_tasks() -> dict[str, list[str]]:
    global began
    began = asyncio.get_running_loop().time()
    return {"results": await asyncio.gather(task_1(), task_2())}
