"""Mistake: one wait is shared by all requests: who comes later does not wait.

Cell: two seconds, again
Caught by: test_the_answer_takes_two_seconds
Reads: Only the first request waited
"""

import asyncio

from fastapi import FastAPI

app = FastAPI()
waits: list[asyncio.Task[None]] = []


@app.get("/async-endpoint")
async def async_endpoint() -> dict[str, str]:
    if not waits:
        waits.append(asyncio.create_task(asyncio.sleep(2)))
    await waits[0]
    return {"message": "This is an async response!"}
