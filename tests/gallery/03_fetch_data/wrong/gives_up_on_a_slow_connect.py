"""Mistake: connecting may take one second.

Cell: overlap, slow
Caught by: test_requests_overlap_while_the_upstream_is_slow
Reads: The handler raised ConnectTimeout
"""

from typing import Any

import httpx
from fastapi import FastAPI

app = FastAPI()

POSTS_URL = "https://jsonplaceholder.typicode.com/posts"

TIMEOUT = httpx.Timeout(10, connect=1)


@app.get("/fetch-data")
async def fetch_data() -> Any:
    async with httpx.AsyncClient(timeout=TIMEOUT) as client:
        response = await client.get(POSTS_URL)
    response.raise_for_status()
    return response.json()
