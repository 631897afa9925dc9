"""03 · Fetch data. The lesson is in README.md, beside this file."""

from typing import Any

from fastapi import FastAPI

app = FastAPI()

POSTS_URL = "https://jsonplaceholder.typicode.com/posts"


@app.get("/fetch-data")
async def fetch_data() -> Any:
    # TODO: get the posts from POSTS_URL with httpx, and return their JSON.
    raise NotImplementedError
