"""Mistake: a synchronous client is used in an async def.

Cell: overlap, together
Caught by: test_requests_overlap_while_the_upstream_is_slow
Reads: Client.get blocks the event loop
"""

from typing import Any

import httpx
from fastapi import FastAPI

POSTS_URL = "https://jsonplaceholder.typicode.com/posts"

app = FastAPI()


@app.get("/fetch-data")
async def fetch_data() -> Any:
    with httpx.Client() as client:
        response = client.get(POSTS_URL)
    return response.json()
