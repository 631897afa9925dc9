"""Mistake: when a client has left, the route waits for its thread on the event loop.

Cell: ping beside, outside
Caught by: test_each_report_is_made_anew
Reads: Its client had left before it was answered
"""

import asyncio
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager

from fastapi import FastAPI, Request
from vendor import fetch_report


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    with ThreadPoolExecutor(max_workers=32) as pool:
        app.state.pool = pool
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
async def report(name: str, request: Request) -> dict[str, str]:
    job = app.state.pool.submit(fetch_report, name)
    made = asyncio.wrap_future(job)
    while True:
        await asyncio.wait({made}, timeout=0.1)
        if made.done():
            return {"report": made.result()}
        if await request.is_disconnected():
            return {"report": job.result()}  # nobody listens: just see it through
