"""The raw bytes go out as they came in, with the header that says how they are packed."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import TypedDict

import httpx
from fastapi import FastAPI, Request
from fastapi.responses import StreamingResponse
from starlette.background import BackgroundTask

POSTS_URL = "https://jsonplaceholder.typicode.com/posts"
KEPT = ("content-type", "content-encoding")


class State(TypedDict):
    http: httpx.AsyncClient


@asynccontextmanager
async def lifespan(_: FastAPI) -> AsyncGenerator[State]:
    async with httpx.AsyncClient() as http:
        yield {"http": http}


app = FastAPI(lifespan=lifespan)


@app.get("/fetch-data")
async def fetch_data(request: Request) -> StreamingResponse:
    http: httpx.AsyncClient = request.state.http
    response = await http.send(http.build_request("GET", POSTS_URL), stream=True)
    return StreamingResponse(
        response.aiter_raw(),
        response.status_code,
        headers={name: response.headers[name] for name in KEPT if name in response.headers},
        background=BackgroundTask(response.aclose),
    )
