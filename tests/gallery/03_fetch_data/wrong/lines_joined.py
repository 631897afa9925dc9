"""Mistake: the lines of the body are joined without what stood between them, which a JSON text may hold.

Cell: unchanged, values
Caught by: test_the_posts_come_back_whole_in_any_encoding_and_pieces
Reads: A text may hold a sign that ends a line
"""

import json

import httpx
from fastapi import FastAPI

app = FastAPI()


@app.get("/fetch-data")
async def fetch_data():
    async with httpx.AsyncClient(timeout=10) as client:
        async with client.stream("GET", "https://jsonplaceholder.typicode.com/posts") as response:
            response.encoding = "utf-8"
            text = "".join([line async for line in response.aiter_lines()])
    return json.loads(text)
