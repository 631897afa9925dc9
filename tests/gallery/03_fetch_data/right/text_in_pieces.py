"""The text is put together from its pieces, and read by json; a client with limits and a deadline of its own."""

import asyncio
import json
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager

import httpx
from fastapi import FastAPI, HTTPException
from fastapi.responses import JSONResponse

POSTS_URL = "https://jsonplaceholder.typicode.com/posts"

http = httpx.AsyncClient(limits=httpx.Limits(max_connections=50, max_keepalive_connections=0))


@asynccontextmanager
async def lifespan(_: FastAPI) -> AsyncGenerator[None]:
    async with AsyncExitStack() as stack:
        stack.push_async_callback(http.aclose)
        yield


app = FastAPI(lifespan=lifespan)


@app.get("/fetch-data")
async def fetch_data() -> JSONResponse:
    try:
        async with asyncio.timeout(3), http.stream("GET", POSTS_URL) as response:
            response.raise_for_status()
            response.encoding = "utf-8"
            text = "".join([piece async for piece in response.aiter_text()])
    except (TimeoutError, httpx.HTTPError) as error:
        raise HTTPException(502, "No posts today") from error
    return JSONResponse(json.loads(text))
