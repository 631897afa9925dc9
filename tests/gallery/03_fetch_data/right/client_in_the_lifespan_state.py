"""One client for all requests: the lifespan opens it, and its state hands it to each of them."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any, TypedDict

import httpx
from fastapi import FastAPI, Request

POSTS_URL = "https://jsonplaceholder.typicode.com/posts"


class State(TypedDict):
    http: httpx.AsyncClient


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncGenerator[State]:
    async with httpx.AsyncClient() as client:
        yield {"http": client}


app = FastAPI(lifespan=lifespan)


@app.get("/fetch-data")
async def fetch_data(request: Request) -> Any:
    client: httpx.AsyncClient = request.state.http

    response = await client.get(POSTS_URL)

    return response.json()
