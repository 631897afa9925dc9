"""Mistake: posts are kept under their etag, and one that came before is believed.

Cell: now, values
Caught by: test_each_request_fetches_anew
Reads: although the upstream was asked
"""

from typing import Any

import httpx
from fastapi import FastAPI

POSTS_URL = "https://jsonplaceholder.typicode.com/posts"

app = FastAPI()
kept: dict[str, Any] = {}


@app.get("/fetch-data")
async def fetch_data() -> Any:
    async with httpx.AsyncClient() as client:
        response = await client.get(POSTS_URL)
    etag = response.headers.get("etag")
    if etag is None:
        return response.json()
    return kept.setdefault(etag, response.json())
