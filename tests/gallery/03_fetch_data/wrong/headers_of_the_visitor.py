"""Mistake: all headers of the visitor are passed on, also the one that names your own server.

Cell: once, alone
Caught by: test_each_request_calls_the_upstream_once
Reads: Your visitor's headers were meant for you
"""

from typing import Any

import httpx
from fastapi import FastAPI, Request

POSTS_URL = "https://jsonplaceholder.typicode.com/posts"

app = FastAPI()


@app.get("/fetch-data")
async def fetch_data(request: Request) -> Any:
    async with httpx.AsyncClient() as client:
        response = await client.get(POSTS_URL, headers=request.headers)
        return response.json()
