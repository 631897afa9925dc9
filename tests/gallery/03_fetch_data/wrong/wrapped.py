"""Mistake: the list is wrapped in an object.

Cell: unchanged, alone
Caught by: test_the_posts_come_back_as_they_came
Reads: nothing round it, nothing left out
"""

from typing import Any

import httpx
from fastapi import FastAPI

POSTS_URL = "https://jsonplaceholder.typicode.com/posts"

app = FastAPI()


@app.get("/fetch-data")
async def fetch_data() -> dict[str, Any]:
    async with httpx.AsyncClient() as client:
        response = await client.get(POSTS_URL)
        return {"posts": response.json()}
