"""Mistake: a lock is held while a report is made.

Cell: five at once, mixed
Caught by: test_five_reports_take_as_long_as_one
Reads: The reports stood in a queue
"""

import asyncio

from fastapi import FastAPI
from vendor import fetch_report

app = FastAPI()
vendor_lock = asyncio.Lock()


@app.get("/async-endpoint")
async def async_endpoint() -> dict[str, str]:
    await asyncio.sleep(2)
    return {"message": "This is an async response!"}


@app.get("/ping")
async def ping() -> dict[str, str]:
    return {"ping": "pong"}


@app.get("/report")
async def report(name: str) -> dict[str, str]:
    async with vendor_lock:
        return {"report": await asyncio.to_thread(fetch_report, name)}
