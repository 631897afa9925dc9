"""Mistake: the route declares a list of objects, and `null` is none.

Cell: unchanged, values
Caught by: test_any_json_passes_as_it_is_under_any_content_type
Reads: does not fit the declared response
"""

from typing import Any

import httpx
from fastapi import FastAPI

POSTS_URL = "https://jsonplaceholder.typicode.com/posts"

app = FastAPI()


@app.get("/fetch-data")
async def fetch_data() -> list[dict[str, Any]]:
    async with httpx.AsyncClient() as client:
        response = await client.get(POSTS_URL)
        return response.json()
