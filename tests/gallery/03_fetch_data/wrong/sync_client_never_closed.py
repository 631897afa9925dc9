"""Mistake: a synchronous client, in a thread as it should be, is never closed.

Cell: gone, alone
Caught by: test_nothing_is_left_when_the_server_has_stopped
Reads: what is made for all ends at shutdown
"""

from typing import Any

import httpx
from fastapi import FastAPI

POSTS_URL = "https://jsonplaceholder.typicode.com/posts"

app = FastAPI()


@app.get("/fetch-data")
def fetch_data() -> Any:
    client = httpx.Client()
    return client.get(POSTS_URL).json()
