"""Mistake: the client of all is limited to one connection.

Cell: overlap, together
Caught by: test_requests_overlap_while_the_upstream_is_slow
Reads: The calls stood in a queue
"""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

import httpx
from fastapi import FastAPI

POSTS_URL = "https://jsonplaceholder.typicode.com/posts"


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncGenerator[None]:
    limits = httpx.Limits(max_connections=1)
    async with httpx.AsyncClient(limits=limits, timeout=60) as client:
        app.state.http = client
        yield


app = FastAPI(lifespan=lifespan)


@app.get("/fetch-data")
async def fetch_data() -> Any:
    return (await app.state.http.get(POSTS_URL)).json()
