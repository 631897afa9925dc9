"""Mistake: the client's aclose is not awaited.

Cell: gone, alone
Caught by: test_nothing_is_left_when_the_server_has_stopped
Reads: You built a coroutine and dropped it
"""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

import httpx
from fastapi import FastAPI

POSTS_URL = "https://jsonplaceholder.typicode.com/posts"


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncGenerator[None]:
    app.state.http = httpx.AsyncClient()
    yield
    app.state.http.aclose()


app = FastAPI(lifespan=lifespan)


@app.get("/fetch-data")
async def fetch_data() -> Any:
    return (await app.state.http.get(POSTS_URL)).json()
