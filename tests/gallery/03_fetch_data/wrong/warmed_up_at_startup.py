"""Mistake: the startup calls the upstream once, to warm the connection up.

Cell: once, alone
Caught by: test_each_request_calls_the_upstream_once
Reads: only a request makes a call
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
        await client.get(POSTS_URL)
        app.state.http = client
        yield


app = FastAPI(lifespan=lifespan)


@app.get("/fetch-data")
async def fetch_data() -> Any:
    return (await app.state.http.get(POSTS_URL)).json()
