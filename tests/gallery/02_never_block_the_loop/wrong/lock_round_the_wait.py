"""Mistake: a lock is held while the async endpoint waits.

Cell: five at once, together
Caught by: test_five_async_endpoints_take_as_long_as_one
Reads: The waits stood in a queue
"""

import asyncio

from fastapi import FastAPI
from vendor import fetch_report

app = FastAPI()
turn = asyncio.Lock()


@app.get("/async-endpoint")
async def async_endpoint() -> dict[str, str]:
    async with turn:
        await asyncio.sleep(2)
    return {"message": "This is an async response!"}


@app.get("/ping")
async def ping() -> dict[str, str]:
    return {"ping": "pong"}


@app.get("/report")
async def report(name: str) -> dict[str, str]:
    return {"report": await asyncio.to_thread(fetch_report, name)}
