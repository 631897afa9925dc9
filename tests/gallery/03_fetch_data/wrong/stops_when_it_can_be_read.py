"""Mistake: reading ends as soon as what has come can be read as JSON.

Cell: now, values
Caught by: test_the_posts_come_back_whole_in_any_encoding_and_pieces
Reads: complete when the stream ends
"""

import json
from typing import Any

import httpx
from fastapi import FastAPI, HTTPException

POSTS_URL = "https://jsonplaceholder.typicode.com/posts"

app = FastAPI()


@app.get("/fetch-data")
async def fetch_data() -> Any:
    body = b""
    async with httpx.AsyncClient() as client, client.stream("GET", POSTS_URL) as response:
        async for piece in response.aiter_bytes():
            body += piece
            try:
                return json.loads(body)
            except ValueError:
                continue
    raise HTTPException(502, "No posts today")
