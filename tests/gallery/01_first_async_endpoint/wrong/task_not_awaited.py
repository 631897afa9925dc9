"""Mistake: a task is started and nobody waits for it.

Cell: two seconds, alone
Caught by: test_the_answer_takes_two_seconds
Reads: await the sleep before you return
"""

import asyncio

from fastapi import FastAPI

app = FastAPI()


@app.get("/async-endpoint")
async def async_endpoint() -> dict[str, str]:
    app.state.pause = asyncio.create_task(asyncio.sleep(2))
    return {"message": "This is an async response!"}
