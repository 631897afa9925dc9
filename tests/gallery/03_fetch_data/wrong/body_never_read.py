"""Mistake: the response is streamed, and its body never read.

Cell: unchanged, alone
Caught by: test_the_posts_come_back_as_they_came
Reads: Read it first
"""

from typing import Any

import httpx
from fastapi import FastAPI

POSTS_URL = "https://jsonplaceholder.typicode.com/posts"

app = FastAPI()


@app.get("/fetch-data")
async def fetch_data() -> Any:
    async with httpx.AsyncClient() as client, client.stream("GET", POSTS_URL) as response:
        return response.json()
