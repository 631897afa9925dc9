"""Mistake: a streamed response is kept in an attribute, and another takes its place before it is read.

Cell: now, together
Caught by: test_requests_overlap_while_the_upstream_is_slow
Reads: Another request, under way beside it
"""

from typing import Any

import httpx
from fastapi import FastAPI

POSTS_URL = "https://jsonplaceholder.typicode.com/posts"

app = FastAPI()


class Fetcher:
    response: httpx.Response


fetcher = Fetcher()


@app.get("/fetch-data")
async def fetch_data() -> Any:
    async with httpx.AsyncClient() as client:
        fetcher.response = await client.send(client.build_request("GET", POSTS_URL), stream=True)
        await fetcher.response.aread()
        return fetcher.response.json()
