"""Mistake: the response is fetched, and nothing returned.

Cell: unchanged, alone
Caught by: test_the_posts_come_back_as_they_came
Reads: ends without `return` gives back None
"""

import httpx
from fastapi import FastAPI

POSTS_URL = "https://jsonplaceholder.typicode.com/posts"

app = FastAPI()


@app.get("/fetch-data")
async def fetch_data() -> None:
    async with httpx.AsyncClient() as client:
        response = await client.get(POSTS_URL)
        response.json()
