"""Mistake: the first answer is kept, and streamed to later requests before their tasks are done.

Cell: complete, again
Caught by: test_tasks_start_when_their_request_comes
Reads: The whole answer left before three seconds were over
"""

import asyncio
import json
from collections.abc import AsyncGenerator

from fastapi import FastAPI
from fastapi.responses import StreamingResponse

app = FastAPI()
kept: list[str] = []


async def task_1() -> str:
    await asyncio.sleep(2)
    return "Task 1 complete"


async def task_2() -> str:
    await asyncio.sleep(3)
    return "Task 2 complete"


async def answer() -> AsyncGenerator[str]:
    early = kept[0] if kept else ""
    if early:
        yield early
    text = json.dumps({"results": await asyncio.gather(task_1(), task_2())})
    kept.append(text)
    if not early:
        yield text


@app.get("/parallel-tasks")
async def parallel_tasks() -> StreamingResponse:
    return StreamingResponse(answer(), media_type="application/json")
