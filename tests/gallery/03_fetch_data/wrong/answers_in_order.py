"""Mistake: no answer leaves before those of all requests that came earlier.

Cell: overlap, moments
Caught by: test_each_request_gets_what_its_own_call_brought
Reads: The calls stood in a queue
"""

import asyncio
from typing import Any

import httpx
from fastapi import FastAPI

POSTS_URL = "https://jsonplaceholder.typicode.com/posts"

app = FastAPI()
last: asyncio.Future[None] | None = None


@app.get("/fetch-data")
async def fetch_data() -> Any:
    global last
    before, mine = last, asyncio.get_running_loop().create_future()
    last = mine
    try:
        async with httpx.AsyncClient() as client:
            response = await client.get(POSTS_URL)
        if before is not None:
            await before
        return response.json()
    finally:
        mine.set_result(None)
