"""Mistake: json() is awaited, although the body is there already.

Cell: unchanged, alone
Caught by: test_the_posts_come_back_as_they_came
Reads: 'await' expression
"""

from typing import Any

import httpx
from fastapi import FastAPI

POSTS_URL = "https://jsonplaceholder.typicode.com/posts"

app = FastAPI()


@app.get("/fetch-data")
async def fetch_data() -> Any:
    async with httpx.AsyncClient() as client:
        response = await client.get(POSTS_URL)
        return await response.json()
