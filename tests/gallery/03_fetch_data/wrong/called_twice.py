"""Mistake: the upstream is called to look at the status, and again for the body.

Cell: once, alone
Caught by: test_each_request_calls_the_upstream_once
Reads: One request needs one call
"""

from typing import Any

import httpx
from fastapi import FastAPI

POSTS_URL = "https://jsonplaceholder.typicode.com/posts"

app = FastAPI()


@app.get("/fetch-data")
async def fetch_data() -> Any:
    async with httpx.AsyncClient() as client:
        if (await client.get(POSTS_URL)).is_success:
            return (await client.get(POSTS_URL)).json()
    return []
