"""Mistake: the response is kept in an attribute that all requests share.

Cell: now, together
Caught by: test_requests_overlap_while_the_upstream_is_slow
Reads: All requests share what stands in the module
"""

from typing import Any

import httpx
from fastapi import FastAPI

app = FastAPI()


class Fetcher:
    response: httpx.Response

    async def load(self) -> None:
        async with httpx.AsyncClient() as client:
            self.response = await client.get("https://jsonplaceholder.typicode.com/posts")


fetcher = Fetcher()


@app.get("/fetch-data")
async def fetch_data() -> Any:
    await fetcher.load()
    return fetcher.response.json()
