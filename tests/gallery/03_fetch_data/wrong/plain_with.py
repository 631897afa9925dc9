"""Mistake: async client, but a plain with: it can only be entered with async with.

Cell: unchanged, alone
Caught by: test_the_posts_come_back_as_they_came
Reads: context manager protocol
"""

from typing import Any

import httpx
from fastapi import FastAPI

POSTS_URL = "https://jsonplaceholder.typicode.com/posts"

app = FastAPI()


@app.get("/fetch-data")
async def fetch_data() -> Any:
    with httpx.AsyncClient() as client:
        response = await client.get(POSTS_URL)
        return response.json()
