"""Mistake: only the first piece of the body is read.

Cell: now, values
Caught by: test_the_posts_come_back_whole_in_any_encoding_and_pieces
Reads: put all pieces together
"""

import httpx
from fastapi import FastAPI, Response

POSTS_URL = "https://jsonplaceholder.typicode.com/posts"

app = FastAPI()


@app.get("/fetch-data")
async def fetch_data() -> Response:
    async with httpx.AsyncClient() as client, client.stream("GET", POSTS_URL) as response:
        piece = await anext(response.aiter_bytes())
    return Response(piece, media_type="application/json")
