"""A pool of threads of its own shares a synchronous client; the loop awaits the thread's result."""

import asyncio
from collections.abc import AsyncGenerator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from typing import Any

import httpx
from fastapi import FastAPI

POSTS_URL = "https://jsonplaceholder.typicode.com/posts"


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncGenerator[None]:
    with httpx.Client() as client, ThreadPoolExecutor(max_workers=16) as pool:
        app.state.client, app.state.pool = client, pool
        yield


app = FastAPI(lifespan=lifespan)


@app.get("/fetch-data")
async def fetch_data() -> Any:
    loop = asyncio.get_running_loop()
    response = await loop.run_in_executor(app.state.pool, app.state.client.get, POSTS_URL)
    return response.json()
