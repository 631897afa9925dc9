"""Mistake: a post that comes twice is answered once.

Cell: now, values
Caught by: test_any_json_passes_as_it_is_under_any_content_type
Reads: nothing round it, nothing left out
"""

from typing import Any

import httpx
from fastapi import FastAPI

POSTS_URL = "https://jsonplaceholder.typicode.com/posts"

app = FastAPI()


@app.get("/fetch-data")
async def fetch_data() -> Any:
    async with httpx.AsyncClient() as client:
        response = await client.get(POSTS_URL)
    posts = response.json()
    if not isinstance(posts, list):
        return posts
    return [post for place, post in enumerate(posts) if post not in posts[:place]]
