"""Mistake: the results are read in the order of a set, which is the right one only most of the time.

Cell: first comes first, together
Caught by: test_the_order_is_the_same_every_time
Reads: what a set or a race hands you has no order
"""

import asyncio
from collections.abc import Coroutine
from itertools import count
from typing import Any

from fastapi import FastAPI

app = FastAPI()
tickets = count(1)


async def task_1() -> str:
    await asyncio.sleep(2)
    return "Task 1 complete"


async def task_2() -> str:
    await asyncio.sleep(3)
    return "Task 2 complete"


@app.get("/parallel-tasks")
async def parallel_tasks() -> dict[str, list[str]]:
    first, second = next(tickets), next(tickets)
    done: dict[int, str] = {}

    async def run(ticket: int, task: Coroutine[Any, Any, str]) -> None:
        done[ticket] = await task

    await asyncio.gather(run(first, task_1()), run(second, task_2()))
    return {"results": [done[ticket] for ticket in {first, second}]}
