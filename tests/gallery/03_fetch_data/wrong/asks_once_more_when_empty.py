"""Mistake: for an empty answer the upstream is asked once more.

Cell: once, values
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
    async with httpx.AsyncClient() as client:
        return (await client.get(POSTS_URL)).json() or (await client.get(POSTS_URL)).json()
