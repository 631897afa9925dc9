"""Mistake: JSON is refused if its content type is another one.

Cell: now, values
Caught by: test_any_json_passes_as_it_is_under_any_content_type
Reads: Any JSON passes, under whatever content type
"""

from typing import Any

import httpx
from fastapi import FastAPI, HTTPException

POSTS_URL = "https://jsonplaceholder.typicode.com/posts"

app = FastAPI()


@app.get("/fetch-data")
async def fetch_data() -> Any:
    async with httpx.AsyncClient() as client:
        response = await client.get(POSTS_URL)
    if response.headers["content-type"] != "application/json":
        raise HTTPException(502, "The upstream sent no JSON")
    return response.json()
