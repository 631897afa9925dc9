"""Mistake: all calls run in one task group, which a call that fails cancels.

Cell: overlap, failures
Caught by: test_each_request_gets_what_its_own_call_brought
Reads: whatever became of the calls beside it
"""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

import httpx
from fastapi import FastAPI, HTTPException

POSTS_URL = "https://jsonplaceholder.typicode.com/posts"


class Calls:
    def __init__(self, client: httpx.AsyncClient) -> None:
        self.client = client
        self.running: set[asyncio.Task[Any]] = set()

    async def fetch(self) -> Any:
        return (await self.client.get(POSTS_URL)).json()

    async def one(self) -> Any:
        task = asyncio.create_task(self.fetch())
        self.running.add(task)
        try:
            return await task
        except httpx.RequestError:
            for other in self.running:
                other.cancel()
            raise
        finally:
            self.running.discard(task)


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncGenerator[None]:
    async with httpx.AsyncClient() as client:
        app.state.calls = Calls(client)
        yield


app = FastAPI(lifespan=lifespan)


@app.get("/fetch-data")
async def fetch_data() -> Any:
    try:
        return await app.state.calls.one()
    except asyncio.CancelledError:
        raise HTTPException(502)
