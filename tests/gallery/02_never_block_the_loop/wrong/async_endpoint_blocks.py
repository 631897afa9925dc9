"""Mistake: the wait of the async endpoint is time.sleep.

Cell: ping beside, together
Caught by: test_ping_is_answered_at_once_while_others_wait
Reads: time.sleep blocks the event loop
"""

import asyncio
import time

from fastapi import FastAPI
from vendor import fetch_report

app = FastAPI()


@app.get("/async-endpoint")
async def async_endpoint() -> dict[str, str]:
    time.sleep(2)
    return {"message": "This is an async response!"}


@app.get("/ping")
async def ping() -> dict[str, str]:
    return {"ping": "pong"}


@app.get("/report")
async def report(name: str) -> dict[str, str]:
    return {"report": await asyncio.to_thread(fetch_report, name)}
