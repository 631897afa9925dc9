"""Mistake: a pool of five threads serves every route, the ping too.

Cell: ping beside, together
Caught by: test_ping_is_answered_at_once_while_others_wait
Reads: no lock and no full pool may stand before it
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
    with ThreadPoolExecutor(max_workers=5) as threads:
        asyncio.get_running_loop().set_default_executor(threads)
        yield


app = FastAPI(lifespan=lifespan)


def pong() -> dict[str, str]:
    return {"ping": "pong"}


@app.get("/async-endpoint")
async def async_endpoint() -> dict[str, str]:
    await asyncio.to_thread(time.sleep, 2)
    return {"message": "This is an async response!"}


@app.get("/ping")
async def ping() -> dict[str, str]:
    return await asyncio.to_thread(pong)


@app.get("/report")
async def report(name: str) -> dict[str, str]:
    return {"report": await asyncio.to_thread(fetch_report, name)}
