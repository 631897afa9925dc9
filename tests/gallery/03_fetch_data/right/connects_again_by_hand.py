"""Up to three tries to connect, by hand; a call that was sent is never made again."""

from typing import Any

import httpx
from fastapi import FastAPI, HTTPException

app = FastAPI()
POSTS_URL = "https://jsonplaceholder.typicode.com/posts"


@app.get("/fetch-data")
async def fetch_data() -> Any:
    async with httpx.AsyncClient(timeout=httpx.Timeout(30, connect=3)) as client:
        for _ in range(3):
            try:
                response = await client.get(POSTS_URL)
                return response.json()
            except (httpx.ConnectError, httpx.ConnectTimeout):
                continue
            except (httpx.HTTPError, ValueError) as error:
                raise HTTPException(502, "the posts could not be read") from error
    raise HTTPException(503, "the posts are out of reach")
