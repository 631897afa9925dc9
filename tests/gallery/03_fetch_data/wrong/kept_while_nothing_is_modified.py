"""Mistake: posts are kept as long as the upstream says that they are fresh.

Cell: now, values
Caught by: test_each_request_fetches_anew
Reads: although the upstream was asked
"""

from typing import Any

import httpx
from fastapi import FastAPI

POSTS_URL = "https://jsonplaceholder.typicode.com/posts"

app = FastAPI()
kept: dict[str, Any] = {}


@app.get("/fetch-data")
async def fetch_data() -> Any:
    async with httpx.AsyncClient() as client:
        response = await client.get(POSTS_URL)
    if "max-age" not in response.headers.get("cache-control", ""):
        return response.json()
    return kept.setdefault("posts", response.json())
