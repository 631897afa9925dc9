"""The upstream's bytes go out as they come in: a streaming response whose end closes both."""

from collections.abc import AsyncIterator

import httpx
from fastapi import FastAPI
from fastapi.responses import StreamingResponse

POSTS_URL = "https://jsonplaceholder.typicode.com/posts"

app = FastAPI()


async def posts() -> AsyncIterator[bytes]:
    async with httpx.AsyncClient() as client, client.stream("GET", POSTS_URL) as response:
        async for piece in response.aiter_bytes():
            yield piece


@app.get("/fetch-data")
async def fetch_data() -> StreamingResponse:
    return StreamingResponse(posts(), media_type="application/json")
