"""03 · Fetch data: the reference, with one client for all requests."""

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
    # What stands before `yield` runs when the server starts, what stands after it when the server
    # stops. `async with` closes the client on the way out, so its connections are closed too.
    async with httpx.AsyncClient() as client:
        # FastAPI hands this dict to every request as `request.state`.
        yield {"http": client}


app = FastAPI(lifespan=lifespan)


@app.get("/fetch-data")
async def fetch_data(request: Request) -> Any:
    # One client for all: its pool keeps connections for the next request, and the TLS
    # configuration is built once. A client per request is right too, only slower:
    #
    #     async with httpx.AsyncClient() as client:
    #         response = await client.get(POSTS_URL)
    client: httpx.AsyncClient = request.state.http

    # While the upstream thinks, this coroutine waits and the loop serves others. The top-level
    # `httpx.get` would keep the turn instead: it is synchronous.
    response = await client.get(POSTS_URL)

    # The body has been read by now, so `json()` waits for nothing and takes no await.
    return response.json()
