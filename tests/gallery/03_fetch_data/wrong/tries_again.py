"""Mistake: a call that brought a bad status is made again, twice.

Cell: once, failures
Caught by: test_a_call_that_fails_brings_no_old_answer
Reads: A call that failed is not made again
"""

from typing import Any

import httpx
from fastapi import FastAPI, HTTPException

POSTS_URL = "https://jsonplaceholder.typicode.com/posts"

app = FastAPI()


@app.get("/fetch-data")
async def fetch_data() -> Any:
    async with httpx.AsyncClient() as client:
        for _ in range(3):
            response = await client.get(POSTS_URL)
            if response.is_success:
                return response.json()
    raise HTTPException(502)
