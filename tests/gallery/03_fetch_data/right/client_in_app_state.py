"""One client for all, kept in app.state and closed by the lifespan."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

import httpx
from fastapi import FastAPI, Request


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncGenerator[None]:
    app.state.http = httpx.AsyncClient(base_url="https://jsonplaceholder.typicode.com", timeout=10)
    try:
        yield
    finally:
        await app.state.http.aclose()


app = FastAPI(lifespan=lifespan)


@app.get("/fetch-data")
async def fetch_data(request: Request) -> Any:
    response = await request.app.state.http.get("/posts")
    return response.json()
