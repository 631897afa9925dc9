"""Mistake: one worker thread for all reports: they queue.

Cell: five at once, mixed
Caught by: test_five_reports_take_as_long_as_one
Reads: The reports stood in a queue
"""

import asyncio
from collections.abc import AsyncGenerator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager

from fastapi import FastAPI
from vendor import fetch_report


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncGenerator[None]:
    with ThreadPoolExecutor(max_workers=1) as threads:
        app.state.threads = threads
        yield


app = FastAPI(lifespan=lifespan)


@app.get("/async-endpoint")
async def async_endpoint() -> dict[str, str]:
    await asyncio.sleep(2)
    return {"message": "This is an async response!"}


@app.get("/ping")
async def ping() -> dict[str, str]:
    return {"ping": "pong"}


@app.get("/report")
async def report(name: str) -> dict[str, str]:
    loop = asyncio.get_running_loop()
    return {"report": await loop.run_in_executor(app.state.threads, fetch_report, name)}
