"""03 · Fetch data: the reference."""

from typing import Any

import httpx
from fastapi import FastAPI

POSTS_URL = "https://jsonplaceholder.typicode.com/posts"

app = FastAPI()


@app.get("/fetch-data")
async def fetch_data() -> Any:
    # A client for each request. `async with` closes it when the block is left, also after an error,
    # so no connection stays open. One client for all requests is quicker: lesson 05 shows how.
    async with httpx.AsyncClient() as client:
        # While the upstream thinks, this coroutine waits and the loop serves others. The top-level
        # `httpx.get` would keep the turn instead: it is synchronous.
        response = await client.get(POSTS_URL)

    # The body has been read by now, so `json()` waits for nothing and takes no await.
    return response.json()
