"""A def route with a synchronous client for all: each request waits in a worker thread."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

import httpx
from fastapi import FastAPI

POSTS_URL = "https://jsonplaceholder.typicode.com/posts"


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncGenerator[None]:
    with httpx.Client() as client:
        app.state.http = client
        yield


app = FastAPI(lifespan=lifespan)


@app.get("/fetch-data")
def fetch_data() -> Any:
    return app.state.http.get(POSTS_URL).json()
