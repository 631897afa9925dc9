"""Mistake: a lock is held during the call.

Cell: overlap, together
Caught by: test_requests_overlap_while_the_upstream_is_slow
Reads: The calls stood in a queue
"""

import asyncio
from typing import Any

import httpx
from fastapi import FastAPI

POSTS_URL = "https://jsonplaceholder.typicode.com/posts"

app = FastAPI()
turn = asyncio.Lock()


@app.get("/fetch-data")
async def fetch_data() -> Any:
    async with turn, httpx.AsyncClient() as client:
        response = await client.get(POSTS_URL)
        return response.json()
