"""Mistake: when the call fails, the posts of a file are given, which a life before has left.

Cell: now, restart
Caught by: test_a_call_that_fails_brings_no_old_answer
Reads: What was kept in a file is old too
"""

import json
from pathlib import Path
from typing import Any

import httpx
from fastapi import FastAPI, HTTPException

POSTS_URL = "https://jsonplaceholder.typicode.com/posts"
KEPT = Path(__file__).with_name("posts.json")

app = FastAPI()
answered = False


@app.get("/fetch-data")
async def fetch_data() -> Any:
    global answered
    try:
        async with httpx.AsyncClient() as client:
            posts = (await client.get(POSTS_URL)).json()
    except httpx.RequestError:
        if not answered and KEPT.exists():
            return json.loads(KEPT.read_text())
        raise HTTPException(502)
    answered = True
    KEPT.write_text(json.dumps(posts))
    return posts
