"""Mistake: the wait ends with an event that all share, which whoever came first sets, and nobody clears.

Cell: wait, again
Caught by: test_five_async_endpoints_take_as_long_as_one
Reads: as if an earlier wait could stand for theirs
"""

import asyncio

from fastapi import FastAPI
from vendor import fetch_report

app = FastAPI()
over = asyncio.Event()


@app.get("/async-endpoint")
async def async_endpoint() -> dict[str, str]:
    asyncio.get_running_loop().call_later(2, over.set)
    await over.wait()
    return {"message": "This is an async response!"}


@app.get("/ping")
async def ping() -> dict[str, str]:
    return {"ping": "pong"}


@app.get("/report")
async def report(name: str) -> dict[str, str]:
    return {"report": await asyncio.to_thread(fetch_report, name)}
