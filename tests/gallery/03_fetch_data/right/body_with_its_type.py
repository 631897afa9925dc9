"""The body goes out with its status and under the content type that it came with; nobody reads it."""

import httpx
from fastapi import FastAPI, Response

POSTS_URL = "https://jsonplaceholder.typicode.com/posts"

app = FastAPI()


@app.get("/fetch-data")
async def fetch_data() -> Response:
    async with httpx.AsyncClient(timeout=httpx.Timeout(30, connect=3)) as client:
        came = await client.get(POSTS_URL)
    kind = came.headers.get("content-type", "application/json")
    return Response(came.content, came.status_code, headers={"content-type": kind})
