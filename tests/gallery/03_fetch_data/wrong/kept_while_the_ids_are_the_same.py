"""Mistake: posts count as new only if their ids are.

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
    posts = response.json()
    if not isinstance(posts, list) or not posts:
        return posts
    return kept.setdefault(str([post["id"] for post in posts if post]), posts)
