"""Mistake: a call whose time ran out is made again.

Cell: once, slow
Caught by: test_a_call_that_fails_brings_no_old_answer
Reads: A call that failed is not made again
"""

from typing import Any

import httpx
from fastapi import FastAPI

POSTS_URL = "https://jsonplaceholder.typicode.com/posts"

app = FastAPI()


@app.get("/fetch-data")
async def fetch_data() -> Any:
    async with httpx.AsyncClient() as client:
        try:
            response = await client.get(POSTS_URL)
        except httpx.TimeoutException:
            response = await client.get(POSTS_URL)
    return response.json()
