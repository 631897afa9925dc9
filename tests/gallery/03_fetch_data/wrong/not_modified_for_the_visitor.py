"""Mistake: a visitor who names the etag gets 304, although the etag may be false.

Cell: now, values
Caught by: test_each_request_fetches_anew
Reads: The second request
"""

import httpx
from fastapi import FastAPI, Request, Response

app = FastAPI()

POSTS_URL = "https://jsonplaceholder.typicode.com/posts"


@app.get("/fetch-data")
async def fetch_data(request: Request) -> Response:
    async with httpx.AsyncClient(timeout=10) as client:
        upstream = await client.get(POSTS_URL)
    upstream.raise_for_status()
    headers = {}
    if etag := upstream.headers.get("etag"):
        headers["etag"] = etag
        if request.headers.get("if-none-match") == etag:
            return Response(status_code=304, headers=headers)
    return Response(upstream.content, headers=headers, media_type="application/json")
