"""The synchronous httpx.get, which asyncio.to_thread takes off the loop."""

import asyncio
from typing import Any

import httpx
from fastapi import FastAPI

POSTS_URL = "https://jsonplaceholder.typicode.com/posts"

app = FastAPI()


@app.get("/fetch-data")
async def fetch_data() -> Any:
    response = await asyncio.to_thread(httpx.get, POSTS_URL)
    return response.json()
