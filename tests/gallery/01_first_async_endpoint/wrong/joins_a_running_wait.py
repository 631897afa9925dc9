"""Mistake: a request that comes while another waits joins its wait.

Cell: two seconds, moments
Caught by: test_each_request_waits_two_seconds_whenever_others_come
Reads: It waited until a moment that is not its own
"""

import asyncio

from fastapi import FastAPI

app = FastAPI()
running: asyncio.Task[None] | None = None


@app.get("/async-endpoint")
async def async_endpoint() -> dict[str, str]:
    global running
    if running is None or running.done():
        running = asyncio.create_task(asyncio.sleep(2))
    await running
    return {"message": "This is an async response!"}
