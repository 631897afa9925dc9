"""Mistake: an async def route calls the blocking function.

Cell: ping beside, slow
Caught by: test_ping_is_answered_at_once_while_a_report_is_made
Reads: vendor.fetch_report blocks the event loop
"""

import asyncio

from fastapi import FastAPI
from vendor import fetch_report

app = FastAPI()


@app.get("/async-endpoint")
async def async_endpoint() -> dict[str, str]:
    await asyncio.sleep(2)
    return {"message": "This is an async response!"}


@app.get("/ping")
async def ping() -> dict[str, str]:
    return {"ping": "pong"}


@app.get("/report")
async def report(name: str) -> dict[str, str]:
    return {"report": fetch_report(name)}
