"""Mistake: after a failure a task makes the call again, when the answer has left.

Cell: once, failures
Caught by: test_a_call_that_fails_brings_no_old_answer
Reads: A call that failed is not made again
"""

import asyncio
from typing import Any

import httpx
from fastapi import BackgroundTasks, FastAPI, HTTPException

POSTS_URL = "https://jsonplaceholder.typicode.com/posts"

app = FastAPI()


async def fetch() -> Any:
    async with httpx.AsyncClient() as client:
        return (await client.get(POSTS_URL)).raise_for_status().json()


async def try_later() -> None:
    await asyncio.sleep(1)
    try:
        await fetch()
    except httpx.HTTPError:
        pass


@app.get("/fetch-data")
async def fetch_data(background: BackgroundTasks) -> Any:
    try:
        return await fetch()
    except httpx.HTTPStatusError:
        background.add_task(try_later)
        return []
