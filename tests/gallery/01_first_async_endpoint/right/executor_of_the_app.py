"""A thread pool that lives as long as the app."""

import asyncio
import time
from collections.abc import AsyncGenerator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager

from fastapi import FastAPI, Request


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncGenerator[None]:
    with ThreadPoolExecutor(max_workers=8) as threads:
        app.state.threads = threads
        yield


app = FastAPI(lifespan=lifespan)


@app.get("/async-endpoint")
async def async_endpoint(request: Request) -> dict[str, str]:
    loop = asyncio.get_running_loop()
    await loop.run_in_executor(request.app.state.threads, time.sleep, 2)
    return {"message": "This is an async response!"}
