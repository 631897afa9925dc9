"""Mistake: a request that comes while a call is under way gets what that call brings.

Cell: now, moments
Caught by: test_each_request_gets_what_its_own_call_brought
Reads: Each request makes a call of its own
"""

import asyncio
import time
from typing import Any

import httpx
from fastapi import FastAPI

POSTS_URL = "https://jsonplaceholder.typicode.com/posts"

app = FastAPI()
running: asyncio.Task[Any] | None = None
began = 0.0


async def fetch() -> Any:
    async with httpx.AsyncClient() as client:
        return (await client.get(POSTS_URL)).json()


@app.get("/fetch-data")
async def fetch_data() -> Any:
    global running, began
    # Those that come at once have a call each, who comes later joins the last of them.
    if running is None or running.done() or time.monotonic() == began:
        began = time.monotonic()
        running = asyncio.create_task(fetch())
    return await asyncio.shield(running)
