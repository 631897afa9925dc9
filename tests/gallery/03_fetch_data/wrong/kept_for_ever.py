"""Mistake: the first answer is kept for ever.

Cell: now, again
Caught by: test_each_request_fetches_anew
Reads: ask the upstream again for each request
"""

from typing import Any

import httpx
from fastapi import FastAPI

POSTS_URL = "https://jsonplaceholder.typicode.com/posts"

app = FastAPI()
kept: dict[str, Any] = {}


@app.get("/fetch-data")
async def fetch_data() -> Any:
    if "posts" not in kept:
        async with httpx.AsyncClient() as client:
            kept["posts"] = (await client.get(POSTS_URL)).json()
    return kept["posts"]
