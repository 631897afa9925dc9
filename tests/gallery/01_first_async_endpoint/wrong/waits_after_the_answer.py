"""Mistake: the wait is put off until after the answer.

Caught by: test_the_answer_does_not_leave_before_the_wait_is_over
Reads: The answer left first
"""

import asyncio

from fastapi import BackgroundTasks, FastAPI

app = FastAPI()


@app.get("/async-endpoint")
async def async_endpoint(tasks: BackgroundTasks) -> dict[str, str]:
    tasks.add_task(asyncio.sleep, 2)
    return {"message": "This is an async response!"}
