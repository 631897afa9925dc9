"""Mistake: the response of a call that fails is not closed, and keeps its place in a pool of twenty.

Cell: now, failures
Caught by: test_a_call_that_fails_brings_no_old_answer
Reads: close each response
"""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

import httpx
from fastapi import FastAPI, HTTPException

POSTS_URL = "https://jsonplaceholder.typicode.com/posts"


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncGenerator[None]:
    async with httpx.AsyncClient(limits=httpx.Limits(max_connections=20)) as client:
        app.state.client = client
        yield


app = FastAPI(lifespan=lifespan)


@app.get("/fetch-data")
async def fetch_data() -> Any:
    client: httpx.AsyncClient = app.state.client
    response = await client.send(client.build_request("GET", POSTS_URL), stream=True)
    if response.is_error:
        raise HTTPException(502, "The upstream failed")
    try:
        await response.aread()
    finally:
        await response.aclose()
    return response.json()
