"""A thread pool of the app's own, opened and closed by its lifespan."""

import asyncio
from collections.abc import AsyncGenerator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from typing import TypedDict

from fastapi import FastAPI, Request
from vendor import fetch_report


class State(TypedDict):
    vendor_threads: ThreadPoolExecutor


@asynccontextmanager
async def lifespan(_: FastAPI) -> AsyncGenerator[State]:
    with ThreadPoolExecutor(max_workers=10, thread_name_prefix="vendor") as threads:
        yield {"vendor_threads": threads}


app = FastAPI(lifespan=lifespan)


@app.get("/async-endpoint")
async def async_endpoint() -> dict[str, str]:
    await asyncio.sleep(2)
    return {"message": "This is an async response!"}


@app.get("/ping")
async def ping() -> dict[str, str]:
    return {"ping": "pong"}


@app.get("/report")
async def report(request: Request, name: str) -> dict[str, str]:
    loop = asyncio.get_running_loop()
    threads: ThreadPoolExecutor = request.state.vendor_threads
    return {"report": await loop.run_in_executor(threads, fetch_report, name)}
