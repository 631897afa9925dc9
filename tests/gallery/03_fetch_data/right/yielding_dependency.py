"""A dependency opens a client for the request and closes it after the answer."""

from collections.abc import AsyncIterator
from typing import Annotated, Any

import httpx
from fastapi import Depends, FastAPI

POSTS_URL = "https://jsonplaceholder.typicode.com/posts"

app = FastAPI()


async def http_client() -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient() as client:
        yield client


@app.get("/fetch-data")
async def fetch_data(client: Annotated[httpx.AsyncClient, Depends(http_client)]) -> Any:
    return (await client.get(POSTS_URL)).json()
