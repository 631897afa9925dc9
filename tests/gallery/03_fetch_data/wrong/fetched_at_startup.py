"""Mistake: the posts are fetched once, when the server starts.

Cell: now, again
Caught by: test_each_request_fetches_anew
Reads: ask the upstream again for each request
"""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

import httpx
from fastapi import FastAPI

POSTS_URL = "https://jsonplaceholder.typicode.com/posts"


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncGenerator[None]:
    async with httpx.AsyncClient() as client:
        app.state.posts = (await client.get(POSTS_URL)).json()
    yield


app = FastAPI(lifespan=lifespan)


@app.get("/fetch-data")
async def fetch_data() -> Any:
    return app.state.posts
