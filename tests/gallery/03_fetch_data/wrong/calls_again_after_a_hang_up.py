"""Mistake: a call whose connection was closed without an answer is made again.

Cell: once, failures
Caught by: test_a_call_that_fails_brings_no_old_answer
Reads: A call that failed is not made again
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
from fastapi import FastAPI, Request

POSTS_URL = "https://jsonplaceholder.typicode.com/posts"


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    async with httpx.AsyncClient(timeout=10) as client:
        app.state.client = client
        yield


app = FastAPI(lifespan=lifespan)


@app.get("/fetch-data")
async def fetch_data(request: Request) -> Any:
    client: httpx.AsyncClient = request.app.state.client
    try:
        response = await client.get(POSTS_URL)
    except httpx.RemoteProtocolError:
        response = await client.get(POSTS_URL)
    response.raise_for_status()
    return response.json()
