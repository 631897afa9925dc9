"""Mistake: an empty list is taken for no answer, and the last one is given again.

Cell: unchanged, values
Caught by: test_any_json_passes_as_it_is_under_any_content_type
Reads: pass over it
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
