"""The call runs in a task, which is asked every hundredth of a second whether it is done."""

import asyncio
from typing import Any

import httpx
from fastapi import FastAPI

POSTS_URL = "https://jsonplaceholder.typicode.com/posts"

app = FastAPI()


async def fetch() -> httpx.Response:
    async with httpx.AsyncClient() as client:
        return await client.get(POSTS_URL)


@app.get("/fetch-data")
async def fetch_data() -> Any:
    call = asyncio.create_task(fetch())
    while not call.done():
        await asyncio.sleep(0.01)
    return call.result().json()
