"""Mistake: as long as the list is empty, the upstream is asked again.

Cell: unchanged, values
Caught by: test_any_json_passes_as_it_is_under_any_content_type
Reads: pass over it
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
