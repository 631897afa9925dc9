"""A second loop, in a thread of its own, makes the calls; the server's loop awaits what it brings."""

import asyncio
import threading
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

import httpx
from fastapi import FastAPI


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncGenerator[None]:
    app.state.loop = loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    yield
    loop.call_soon_threadsafe(loop.stop)
    thread.join()
    loop.close()


app = FastAPI(lifespan=lifespan)


async def fetch() -> Any:
    async with httpx.AsyncClient() as client:
        response = await client.get("https://jsonplaceholder.typicode.com/posts")
        return response.json()


@app.get("/fetch-data")
async def fetch_data() -> Any:
    future = asyncio.run_coroutine_threadsafe(fetch(), app.state.loop)
    return await asyncio.wrap_future(future)
