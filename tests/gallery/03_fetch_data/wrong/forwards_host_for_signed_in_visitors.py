"""Mistake: the headers of visitors who are signed in are passed on, `host` too.

Cell: once, values
Caught by: test_each_request_calls_the_upstream_once
Reads: Your visitor's headers were meant for you
"""

from typing import Any

import httpx
from fastapi import FastAPI, Request

app = FastAPI()

POSTS_URL = "https://jsonplaceholder.typicode.com/posts"

NOT_PASSED_ON = {
    "accept-encoding",
    "connection",
    "content-encoding",
    "content-length",
    "content-type",
    "cookie",
    "expect",
    "if-match",
    "if-modified-since",
    "if-none-match",
    "if-range",
    "if-unmodified-since",
    "keep-alive",
    "proxy-authenticate",
    "proxy-authorization",
    "proxy-connection",
    "range",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
}


def passed_on(request: Request) -> dict[bytes, bytes]:
    if "authorization" not in request.headers:
        return {}
    return {
        name: value
        for name, value in request.headers.raw
        if name.decode("latin-1") not in NOT_PASSED_ON
    }


@app.get("/fetch-data")
async def fetch_data(request: Request) -> Any:
    async with httpx.AsyncClient(timeout=10) as client:
        response = await client.get(POSTS_URL, headers=passed_on(request))
    response.raise_for_status()
    return response.json()
