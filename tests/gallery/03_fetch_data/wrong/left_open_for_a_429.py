"""Mistake: the client is left open if the upstream answers 429.

Cell: gone, failures
Caught by: test_nothing_is_left_when_the_server_has_stopped
Reads: Without an error nothing was left, but here
"""

from typing import Any

import httpx
from fastapi import FastAPI, HTTPException

POSTS_URL = "https://jsonplaceholder.typicode.com/posts"

app = FastAPI()


@app.get("/fetch-data")
async def fetch_data() -> Any:
    client = httpx.AsyncClient()
    try:
        response = await client.get(POSTS_URL)
        posts = None if response.status_code == 429 else response.json()
    except Exception:
        await client.aclose()
        raise
    if posts is None and response.status_code == 429:
        raise HTTPException(503, "Busy")
    await client.aclose()
    return posts
