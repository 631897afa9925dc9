"""Mistake: a task asks the upstream every five seconds, to keep the connection alive.

Cell: once, again
Caught by: test_each_request_calls_the_upstream_once
Reads: What goes on in the background asks for nobody
"""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

import httpx
from fastapi import FastAPI

POSTS_URL = "https://jsonplaceholder.typicode.com/posts"


async def keep_alive(client: httpx.AsyncClient) -> None:
    while True:
        await asyncio.sleep(5)
        await client.get(POSTS_URL)


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncGenerator[None]:
    async with httpx.AsyncClient() as client:
        app.state.http, app.state.task = client, None
        yield
        if app.state.task is not None:
            app.state.task.cancel()


app = FastAPI(lifespan=lifespan)


@app.get("/fetch-data")
async def fetch_data() -> Any:
    if app.state.task is None:
        app.state.task = asyncio.create_task(keep_alive(app.state.http))
    return (await app.state.http.get(POSTS_URL)).json()
