"""Mistake: the client is closed before the body has been read.

Cell: now, values
Caught by: test_the_posts_come_back_whole_in_any_encoding_and_pieces
Reads: Its client was closed before the body had been read
"""

from typing import Any

import httpx
from fastapi import FastAPI

POSTS_URL = "https://jsonplaceholder.typicode.com/posts"

app = FastAPI()


@app.get("/fetch-data")
async def fetch_data() -> Any:
    async with httpx.AsyncClient() as client:
        response = await client.send(client.build_request("GET", POSTS_URL), stream=True)
    await response.aread()
    return response.json()
