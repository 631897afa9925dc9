"""Mistake: the posts are kept in a file, which a restart does not take away.

Cell: now, restart
Caught by: test_a_call_that_fails_brings_no_old_answer
Reads: What was kept in a file is old too
"""

import json
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
from fastapi import FastAPI

POSTS_URL = "https://jsonplaceholder.typicode.com/posts"
KEPT = Path(__file__).with_name("posts.json")


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncGenerator[None]:
    app.state.posts = json.loads(KEPT.read_text()) if KEPT.exists() else None
    yield


app = FastAPI(lifespan=lifespan)


@app.get("/fetch-data")
async def fetch_data() -> Any:
    posts, app.state.posts = app.state.posts, None
    if posts is not None:
        return posts
    async with httpx.AsyncClient() as client:
        posts = (await client.get(POSTS_URL)).json()
    KEPT.write_text(json.dumps(posts))
    return posts
