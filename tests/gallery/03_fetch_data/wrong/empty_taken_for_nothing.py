"""Mistake: an empty list is taken for no answer, and the last one is given again.

Caught by: test_each_request_fetches_anew
Reads: An empty list is an answer too
"""

from typing import Any

import httpx
from fastapi import FastAPI

POSTS_URL = "https://jsonplaceholder.typicode.com/posts"

app = FastAPI()
last: list[Any] = []


@app.get("/fetch-data")
async def fetch_data() -> Any:
    global last
    async with httpx.AsyncClient() as client:
        response = await client.get(POSTS_URL)
    last = response.json() or last
    return last
