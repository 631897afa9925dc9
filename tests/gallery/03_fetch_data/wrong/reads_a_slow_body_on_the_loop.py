"""Mistake: a thread waits for the head only, and the body is read on the loop.

Cell: overlap, slow
Caught by: test_requests_overlap_while_the_upstream_is_slow
Reads: Response.read blocks the event loop
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
from fastapi import FastAPI, Request
from fastapi.concurrency import run_in_threadpool

POSTS_URL = "https://jsonplaceholder.typicode.com/posts"


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    with httpx.Client(timeout=10) as client:
        app.state.client = client
        yield


app = FastAPI(lifespan=lifespan)


@app.get("/fetch-data")
async def fetch_data(request: Request) -> Any:
    client: httpx.Client = request.app.state.client
    call = client.build_request("GET", POSTS_URL)
    response = await run_in_threadpool(client.send, call, stream=True)
    try:
        response.raise_for_status()
        response.read()
        return response.json()
    finally:
        response.close()
