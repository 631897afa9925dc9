"""Mistake: the call is made with urllib, and what it raises is caught.

Cell: httpx, alone
Caught by: test_the_posts_come_back_as_they_came
Reads: another library than `httpx`
"""

import asyncio
import json
from typing import Any
from urllib.request import urlopen

from fastapi import FastAPI, HTTPException

POSTS_URL = "https://jsonplaceholder.typicode.com/posts"

app = FastAPI()


def fetch() -> Any:
    with urlopen(POSTS_URL) as response:
        return json.load(response)


@app.get("/fetch-data")
async def fetch_data() -> Any:
    try:
        return await asyncio.to_thread(fetch)
    except OSError:
        raise HTTPException(502)
