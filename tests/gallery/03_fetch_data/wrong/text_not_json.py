"""Mistake: the JSON is returned as one string.

Cell: unchanged, alone
Caught by: test_the_posts_come_back_as_they_came
Reads: That is the JSON as one string
"""

import httpx
from fastapi import FastAPI

POSTS_URL = "https://jsonplaceholder.typicode.com/posts"

app = FastAPI()


@app.get("/fetch-data")
async def fetch_data() -> str:
    async with httpx.AsyncClient() as client:
        response = await client.get(POSTS_URL)
        return response.text
