"""Mistake: the call is not awaited.

Cell: unchanged, alone
Caught by: test_the_posts_come_back_as_they_came
Reads: You built a coroutine and dropped it
"""

from typing import Any

import httpx
from fastapi import FastAPI

POSTS_URL = "https://jsonplaceholder.typicode.com/posts"

app = FastAPI()


@app.get("/fetch-data")
async def fetch_data() -> Any:
    async with httpx.AsyncClient() as client:
        response = client.get(POSTS_URL)
        return response.json()
