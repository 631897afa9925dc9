"""Mistake: fields of a post that are null are left out.

Cell: now, values
Caught by: test_any_json_passes_as_it_is_under_any_content_type
Reads: is a value too
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
    return [
        {field: value for field, value in post.items() if value is not None}
        if isinstance(post, dict)
        else post
        for post in posts
    ]
