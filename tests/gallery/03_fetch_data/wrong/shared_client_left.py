"""Mistake: the client of all is entered and left by each request: the second one finds it closed.

Cell: unchanged, again
Caught by: test_each_request_fetches_anew
Reads: Cannot reopen a client instance
"""

from typing import Any

import httpx
from fastapi import FastAPI

POSTS_URL = "https://jsonplaceholder.typicode.com/posts"

app = FastAPI()
shared = httpx.AsyncClient()


@app.get("/fetch-data")
async def fetch_data() -> Any:
    async with shared as client:
        response = await client.get(POSTS_URL)
        return response.json()
