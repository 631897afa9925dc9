"""Mistake: when a client leaves, the tasks of all requests are cancelled.

Cell: own tasks, outside
Caught by: test_requests_that_come_meanwhile_run_their_own_tasks
Reads: what it waited for was cancelled
"""

import asyncio

from fastapi import FastAPI, Request

app = FastAPI()
running: set[asyncio.Task[list[str]]] = set()


async def task_1() -> str:
    await asyncio.sleep(2)
    return "Task 1 complete"


async def task_2() -> str:
    await asyncio.sleep(3)
    return "Task 2 complete"


async def both() -> list[str]:
    return list(await asyncio.gather(task_1(), task_2()))


@app.get("/parallel-tasks")
async def parallel_tasks(request: Request) -> dict[str, list[str]]:
    work = asyncio.create_task(both())
    running.add(work)
    work.add_done_callback(running.discard)
    while not work.done():
        if await request.is_disconnected():
            for task in list(running):
                task.cancel()
            return {"results": []}
        await asyncio.wait([work], timeout=0.1)
    return {"results": work.result()}
