"""A cached factory makes the client when it is first needed; an on_event handler closes it."""

import asyncio
from functools import cache
from typing import Any

import httpx
from fastapi import FastAPI

POSTS_URL = "https://jsonplaceholder.typicode.com/posts"

app = FastAPI()


@cache
def http() -> httpx.AsyncClient:
    return httpx.AsyncClient(follow_redirects=True)


@app.on_event("shutdown")  # pyright: ignore[reportDeprecated]
async def close() -> None:
    await http().aclose()
    http.cache_clear()


@app.get("/fetch-data")
async def fetch_data() -> Any:
    async with asyncio.TaskGroup() as group:
        call = group.create_task(http().get(POSTS_URL))
    return call.result().json()
