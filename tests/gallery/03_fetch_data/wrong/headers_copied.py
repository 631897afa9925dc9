"""Mistake: the upstream's headers are copied, and speak of the body before it was unpacked.

Cell: now, values
Caught by: test_the_posts_come_back_whole_in_any_encoding_and_pieces
Reads: Response content longer than Content-Length
"""

import httpx
from fastapi import FastAPI, Response

POSTS_URL = "https://jsonplaceholder.typicode.com/posts"

app = FastAPI()


@app.get("/fetch-data")
async def fetch_data() -> Response:
    async with httpx.AsyncClient() as client:
        response = await client.get(POSTS_URL)
    return Response(response.content, headers=dict(response.headers))
