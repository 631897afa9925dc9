"""Mistake: when the call fails, the posts of an earlier request are given again.

Cell: now, failures
Caught by: test_a_call_that_fails_brings_no_old_answer
Reads: Whoever reads it cannot know that the call has failed
"""

from typing import Any

import httpx
from fastapi import FastAPI

POSTS_URL = "https://jsonplaceholder.typicode.com/posts"

app = FastAPI()
old: list[Any] = []


@app.get("/fetch-data")
async def fetch_data() -> Any:
    global old
    try:
        async with httpx.AsyncClient() as client:
            posts = (await client.get(POSTS_URL)).json()
    except httpx.RequestError:
        return old
    old = posts
    return posts
