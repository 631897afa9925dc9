"""Mistake: the pause before another try to connect is a time.sleep on the loop.

Cell: overlap, failures
Caught by: test_requests_overlap_while_the_upstream_is_slow
Reads: That holds for a pause before another try to connect too
"""

import time
from typing import Any

import httpx
from fastapi import FastAPI

app = FastAPI()

POSTS_URL = "https://jsonplaceholder.typicode.com/posts"

PAUSES = (0.5, 1.0)


async def call(client: httpx.AsyncClient) -> httpx.Response:
    for pause in PAUSES:
        try:
            return await client.get(POSTS_URL)
        except httpx.ConnectError:
            time.sleep(pause)
    return await client.get(POSTS_URL)


@app.get("/fetch-data")
async def fetch_data() -> Any:
    async with httpx.AsyncClient(timeout=10) as client:
        response = await call(client)
    response.raise_for_status()
    return response.json()
