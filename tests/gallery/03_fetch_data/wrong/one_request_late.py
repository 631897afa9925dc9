"""Mistake: each request answers with what the one before has fetched, and fetches for the next.

Cell: now, again
Caught by: test_each_request_fetches_anew
Reads: although the upstream was asked
"""

import asyncio
from typing import Any

import httpx
from fastapi import FastAPI

POSTS_URL = "https://jsonplaceholder.typicode.com/posts"

app = FastAPI()
fetched: list[Any] = []


async def fetch() -> None:
    async with httpx.AsyncClient() as client:
        fetched[:] = [(await client.get(POSTS_URL)).json()]


@app.get("/fetch-data")
async def fetch_data() -> Any:
    if not fetched:
        await fetch()
        return fetched[0]
    posts = fetched[0]
    app.state.refresh = asyncio.create_task(fetch())
    return posts
