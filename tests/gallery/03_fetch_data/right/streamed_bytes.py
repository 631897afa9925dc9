"""A client of the module, closed at shutdown; the body is read in pieces and passed on as bytes."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import httpx
from fastapi import FastAPI, Response

POSTS_URL = "https://jsonplaceholder.typicode.com/posts"

http = httpx.AsyncClient()


@asynccontextmanager
async def lifespan(_: FastAPI) -> AsyncGenerator[None]:
    yield
    await http.aclose()


app = FastAPI(lifespan=lifespan)


@app.get("/fetch-data")
async def fetch_data() -> Response:
    async with http.stream("GET", POSTS_URL) as response:
        body = b"".join([piece async for piece in response.aiter_bytes()])
    return Response(body, media_type="application/json")
