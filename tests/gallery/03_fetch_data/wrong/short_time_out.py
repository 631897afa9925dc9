"""Mistake: the time-out is shorter than the upstream may take.

Cell: overlap, slow
Caught by: test_requests_overlap_while_the_upstream_is_slow
Reads: The handler raised ReadTimeout
"""

from typing import Any

import httpx
from fastapi import FastAPI

POSTS_URL = "https://jsonplaceholder.typicode.com/posts"

app = FastAPI()


@app.get("/fetch-data")
async def fetch_data() -> Any:
    async with httpx.AsyncClient(timeout=1) as client:
        response = await client.get(POSTS_URL)
        return response.json()
