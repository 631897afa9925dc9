"""Mistake: the results are streamed after two seconds, the second one foretold, and only a blank waits for the second task.

Cell: complete, alone
Caught by: test_the_results_leave_when_both_tasks_are_done
Reads: only what nobody needs came later
"""

import asyncio
import json
from collections.abc import AsyncGenerator

from fastapi import FastAPI
from fastapi.responses import StreamingResponse

app = FastAPI()


async def task_1() -> str:
    await asyncio.sleep(2)
    return "Task 1 complete"


async def task_2() -> str:
    await asyncio.sleep(3)
    return "Task 2 complete"


async def body() -> AsyncGenerator[bytes]:
    first, second = asyncio.create_task(task_1()), asyncio.create_task(task_2())
    results = [await first, "Task 2 complete"]
    yield json.dumps({"results": results}).encode()
    assert await second == results[1]
    yield b"\n"


@app.get("/parallel-tasks")
async def parallel_tasks() -> StreamingResponse:
    return StreamingResponse(body(), media_type="application/json")
