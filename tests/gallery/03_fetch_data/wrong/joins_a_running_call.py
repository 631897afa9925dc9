"""Mistake: requests that come together share one call of the upstream.

Cell: once, together
Caught by: test_requests_overlap_while_the_upstream_is_slow
Reads: Each request makes a call of its own
"""

import asyncio
from typing import Any

import httpx
from fastapi import FastAPI

app = FastAPI()
running: asyncio.Task[Any] | None = None


async def fetch() -> Any:
    async with httpx.AsyncClient() as client:
        response = await client.get("https://jsonplaceholder.typicode.com/posts")
    return response.json()


@app.get("/fetch-data")
async def fetch_data() -> Any:
    global running
    if running is None or running.done():
        running = asyncio.create_task(fetch())
    return await asyncio.shield(running)
