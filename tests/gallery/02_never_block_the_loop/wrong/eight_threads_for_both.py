"""Mistake: waits and reports share a pool of eight threads.

Cell: five at once, mixed
Caught by: test_five_reports_take_as_long_as_one
Reads: Others were under way on both routes
"""

import asyncio
import time
from collections.abc import AsyncGenerator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager

from fastapi import FastAPI
from vendor import fetch_report


@asynccontextmanager
async def lifespan(_: FastAPI) -> AsyncGenerator[None]:
    with ThreadPoolExecutor(max_workers=8) as threads:
        asyncio.get_running_loop().set_default_executor(threads)
        yield


app = FastAPI(lifespan=lifespan)


@app.get("/async-endpoint")
async def async_endpoint() -> dict[str, str]:
    await asyncio.to_thread(time.sleep, 2)
    return {"message": "This is an async response!"}


@app.get("/ping")
async def ping() -> dict[str, str]:
    return {"ping": "pong"}


@app.get("/report")
async def report(name: str) -> dict[str, str]:
    return {"report": await asyncio.to_thread(fetch_report, name)}
