"""Mistake: as long as the list is empty, the upstream is asked again.

Caught by: test_each_request_fetches_anew
Reads: An empty list is an answer too
"""

from typing import Any

import httpx
from fastapi import FastAPI

POSTS_URL = "https://jsonplaceholder.typicode.com/posts"

app = FastAPI()


@app.get("/fetch-data")
async def fetch_data() -> Any:
    posts: list[Any] = []
    async with httpx.AsyncClient() as client:
        while not posts:
            posts = (await client.get(POSTS_URL)).json()
    return posts
