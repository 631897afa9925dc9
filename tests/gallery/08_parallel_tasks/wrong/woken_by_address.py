"""Mistake: the futures that a timer wakes are kept by address, and the second request replaces those of the first.

Cell: two at once, together
Caught by: test_two_requests_at_once_still_take_three_seconds
Reads: waits for something that nothing will ever bring
"""

import asyncio
import threading
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from fastapi import FastAPI, Request

app = FastAPI()

waiting: dict[tuple[str, int], asyncio.Future[str]] = {}


def wake(key: tuple[str, int], text: str) -> None:
    future = waiting.pop(key, None)
    if future is not None and not future.done():
        future.set_result(text)


def start(client: str, seconds: int, text: str) -> asyncio.Future[str]:
    loop = asyncio.get_running_loop()
    waiting[client, seconds] = loop.create_future()
    loop.call_later(seconds, wake, (client, seconds), text)
    return waiting[client, seconds]


@app.get("/parallel-tasks")
async def parallel_tasks(request: Request) -> dict[str, list[str]]:
    client = request.client.host if request.client else ""
    one, two = start(client, 2, "Task 1 complete"), start(client, 3, "Task 2 complete")
    return {"results": list(await asyncio.gather(one, two))}
