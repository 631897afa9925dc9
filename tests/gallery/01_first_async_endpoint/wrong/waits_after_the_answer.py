"""Mistake: the wait is put off until after the answer.

Cell: two seconds, alone
Caught by: test_the_answer_takes_two_seconds
Reads: await the sleep before you return
"""

import asyncio

from fastapi import BackgroundTasks, FastAPI

app = FastAPI()


@app.get("/async-endpoint")
async def async_endpoint(tasks: BackgroundTasks) -> dict[str, str]:
    tasks.add_task(asyncio.sleep, 2)
    return {"message": "This is an async response!"}
