"""Mistake: the results are streamed at once, and only the end of the stream waits for the tasks.

Cell: complete, alone
Caught by: test_the_results_leave_when_both_tasks_are_done
Reads: The whole answer left before three seconds were over
"""

import asyncio
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


async def results() -> AsyncGenerator[str]:
    yield '{"results": ["Task 1 complete", "Task 2 complete"]}'
    await asyncio.gather(task_1(), task_2())


@app.get("/parallel-tasks")
async def parallel_tasks() -> StreamingResponse:
    return StreamingResponse(results(), media_type="application/json")
