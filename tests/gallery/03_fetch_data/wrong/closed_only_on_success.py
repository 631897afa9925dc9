"""Mistake: the line that closes the client is not reached after an error.

Cell: gone, failures
Caught by: test_nothing_is_left_when_the_server_has_stopped
Reads: Without an error nothing was left, but here
"""

from collections.abc import AsyncGenerator
from typing import Annotated, Any

import httpx
from fastapi import Depends, FastAPI

POSTS_URL = "https://jsonplaceholder.typicode.com/posts"

app = FastAPI()


async def http_client() -> AsyncGenerator[httpx.AsyncClient]:
    client = httpx.AsyncClient()
    yield client
    await client.aclose()


@app.get("/fetch-data")
async def fetch_data(http: Annotated[httpx.AsyncClient, Depends(http_client)]) -> Any:
    response = await http.get(POSTS_URL)
    return response.json()
