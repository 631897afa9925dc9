"""Mistake: the body has to come within a second after its head.

Cell: overlap, slow
Caught by: test_requests_overlap_while_the_upstream_is_slow
Reads: Here the body came two seconds after its head
"""

import asyncio
from typing import Any

import httpx
from fastapi import FastAPI, HTTPException

app = FastAPI()

POSTS_URL = "https://jsonplaceholder.typicode.com/posts"


@app.get("/fetch-data")
async def fetch_data() -> Any:
    async with httpx.AsyncClient(timeout=10) as client, client.stream("GET", POSTS_URL) as response:
        response.raise_for_status()
        try:
            async with asyncio.timeout(1):
                await response.aread()
        except TimeoutError as error:
            raise HTTPException(504, "the body did not come") from error
        return response.json()
