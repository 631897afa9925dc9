"""Mistake: the call asks for a body that is not packed, and takes it for one, whatever the upstream says.

Cell: now, values
Caught by: test_the_posts_come_back_whole_in_any_encoding_and_pieces
Reads: The handler raised UnicodeDecodeError
"""

import json
from typing import Any

import httpx
from fastapi import FastAPI

app = FastAPI()

POSTS_URL = "https://jsonplaceholder.typicode.com/posts"


@app.get("/fetch-data")
async def fetch_data() -> Any:
    pieces: list[bytes] = []
    async with httpx.AsyncClient(timeout=10, headers={"accept-encoding": "identity"}) as client:
        async with client.stream("GET", POSTS_URL) as response:
            response.raise_for_status()
            async for piece in response.aiter_raw():
                pieces.append(piece)
    return json.loads(b"".join(pieces))
