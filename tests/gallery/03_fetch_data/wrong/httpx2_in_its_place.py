"""Mistake: httpx2 makes the call, and the specs play the internet for httpx alone.

Cell: httpx, alone
Caught by: test_the_posts_come_back_as_they_came
Reads: another library than `httpx`
"""

from typing import Any

import httpx2
from fastapi import FastAPI

POSTS_URL = "https://jsonplaceholder.typicode.com/posts"

app = FastAPI()


@app.get("/fetch-data")
async def fetch_data() -> Any:
    async with httpx2.AsyncClient() as client:
        response = await client.get(POSTS_URL)
        return response.json()
