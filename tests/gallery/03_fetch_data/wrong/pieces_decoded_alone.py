"""Mistake: each piece of the body is decoded by itself, and half a character is lost.

Cell: now, values
Caught by: test_the_posts_come_back_whole_in_any_encoding_and_pieces
Reads: put all pieces together
"""

import json
from typing import Any

import httpx
from fastapi import FastAPI

POSTS_URL = "https://jsonplaceholder.typicode.com/posts"

app = FastAPI()


@app.get("/fetch-data")
async def fetch_data() -> Any:
    text = ""
    async with httpx.AsyncClient() as client, client.stream("GET", POSTS_URL) as response:
        async for piece in response.aiter_bytes():
            text += piece.decode(errors="ignore")
    return json.loads(text)
