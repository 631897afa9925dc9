"""Mistake: the client of all is never closed.

Cell: gone, alone
Caught by: test_nothing_is_left_when_the_server_has_stopped
Reads: what is made for all ends at shutdown
"""

from typing import Any

import httpx
from fastapi import FastAPI

POSTS_URL = "https://jsonplaceholder.typicode.com/posts"

app = FastAPI()
http = httpx.AsyncClient()


@app.get("/fetch-data")
async def fetch_data() -> Any:
    return (await http.get(POSTS_URL)).json()
