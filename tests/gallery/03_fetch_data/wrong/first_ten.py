"""Mistake: only the first ten posts are passed on.

Cell: unchanged, alone
Caught by: test_the_posts_come_back_as_they_came
Reads: nothing round it, nothing left out
"""

from typing import Any

import httpx
from fastapi import FastAPI

app = FastAPI()


@app.get("/fetch-data")
async def fetch_data() -> Any:
    async with httpx.AsyncClient() as client:
        response = await client.get("https://jsonplaceholder.typicode.com/posts")
    return response.json()[:10]
