"""Mistake: the shared client is made by the first request, in a thread, so the first ones that overlap make one each.

Cell: gone, together
Caught by: test_nothing_is_left_when_the_server_has_stopped
Reads: Here the first three came together
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from typing import Any

import httpx
from fastapi import FastAPI

POSTS_URL = "https://jsonplaceholder.typicode.com/posts"


class Shared:
    client: httpx.AsyncClient | None = None

    async def get(self) -> httpx.AsyncClient:
        if self.client is None:  # loading the TLS configuration takes 35 ms: not on the loop
            self.client = await asyncio.to_thread(partial(httpx.AsyncClient, timeout=10))
        return self.client

    async def close(self) -> None:
        client, self.client = self.client, None
        if client is not None:
            await client.aclose()


shared = Shared()


@asynccontextmanager
async def lifespan(_: FastAPI) -> AsyncIterator[None]:
    try:
        yield
    finally:
        await shared.close()


app = FastAPI(lifespan=lifespan)


@app.get("/fetch-data")
async def fetch_data() -> Any:
    client = await shared.get()
    response = await client.get(POSTS_URL)
    response.raise_for_status()
    return response.json()
