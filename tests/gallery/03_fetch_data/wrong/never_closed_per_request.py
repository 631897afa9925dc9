"""Mistake: each request opens a client, and none is closed.

Cell: gone, alone
Caught by: test_nothing_is_left_when_the_server_has_stopped
Reads: what is made for all ends at shutdown
"""

from typing import Any

import httpx
from fastapi import FastAPI

POSTS_URL = "https://jsonplaceholder.typicode.com/posts"

app = FastAPI()


@app.get("/fetch-data")
async def fetch_data() -> Any:
    client = httpx.AsyncClient()
    response = await client.get(POSTS_URL)
    return response.json()
