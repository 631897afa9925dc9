"""Mistake: a middleware lets one request in at a time.

Cell: ping beside, mixed
Caught by: test_ping_is_answered_at_once_while_others_wait
Reads: no lock and no full pool may stand before it
"""

import asyncio
from collections.abc import Awaitable, Callable

from fastapi import FastAPI, Request, Response
from vendor import fetch_report

app = FastAPI()
gate = asyncio.Semaphore(1)


@app.middleware("http")
async def one_at_a_time(
    request: Request, call_next: Callable[[Request], Awaitable[Response]]
) -> Response:
    async with gate:
        return await call_next(request)


@app.get("/async-endpoint")
async def async_endpoint() -> dict[str, str]:
    await asyncio.sleep(2)
    return {"message": "This is an async response!"}


@app.get("/ping")
async def ping() -> dict[str, str]:
    return {"ping": "pong"}


@app.get("/report")
async def report(name: str) -> dict[str, str]:
    return {"report": await asyncio.to_thread(fetch_report, name)}
