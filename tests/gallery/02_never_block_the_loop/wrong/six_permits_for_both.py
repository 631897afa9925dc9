"""Mistake: waits and reports go through one gate of six permits.

Cell: five at once, mixed
Caught by: test_five_reports_take_as_long_as_one
Reads: Others were under way on both routes
"""

import asyncio

from fastapi import FastAPI
from vendor import fetch_report

app = FastAPI()
gate = asyncio.Semaphore(6)


@app.get("/async-endpoint")
async def async_endpoint() -> dict[str, str]:
    async with gate:
        await asyncio.sleep(2)
    return {"message": "This is an async response!"}


@app.get("/ping")
async def ping() -> dict[str, str]:
    return {"ping": "pong"}


@app.get("/report")
async def report(name: str) -> dict[str, str]:
    async with gate:
        return {"report": await asyncio.to_thread(fetch_report, name)}
