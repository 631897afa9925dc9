"""Mistake: when a client leaves, the tasks of the latest request from its address are cancelled.

Cell: own tasks, moments
Caught by: test_requests_that_come_meanwhile_run_their_own_tasks
Reads: what it waited for was cancelled
"""

import asyncio

from fastapi import FastAPI, Request

app = FastAPI()
running: dict[str, asyncio.Future[list[str]]] = {}


async def task_1() -> str:
    await asyncio.sleep(2)
    return "Task 1 complete"


async def task_2() -> str:
    await asyncio.sleep(3)
    return "Task 2 complete"


async def cancel_when_gone(request: Request, host: str) -> None:
    while not await request.is_disconnected():
        await asyncio.sleep(0.1)
    if host in running:
        running[host].cancel()


@app.get("/parallel-tasks")
async def parallel_tasks(request: Request) -> dict[str, list[str]]:
    host = request.client.host if request.client else ""
    pair = running[host] = asyncio.gather(task_1(), task_2())
    watcher = asyncio.create_task(cancel_when_gone(request, host))
    try:
        results = await pair
    finally:
        watcher.cancel()
        if running.get(host) is pair:
            del running[host]
    return {"results": list(results)}
