"""Mistake: the raw bytes are passed on without the header that says how they are packed.

Cell: now, values
Caught by: test_the_posts_come_back_whole_in_any_encoding_and_pieces
Reads: only the raw bytes are still packed
"""

from collections.abc import AsyncIterator

import httpx
from fastapi import FastAPI
from fastapi.responses import StreamingResponse

POSTS_URL = "https://jsonplaceholder.typicode.com/posts"

app = FastAPI()


async def posts() -> AsyncIterator[bytes]:
    async with httpx.AsyncClient() as client, client.stream("GET", POSTS_URL) as response:
        async for piece in response.aiter_raw():
            yield piece


@app.get("/fetch-data")
async def fetch_data() -> StreamingResponse:
    return StreamingResponse(posts(), media_type="application/json")
