"""Mistake: a report is kept for an hour, but only if it was asked for twice.

Cell: made anew, again
Caught by: test_each_report_is_made_anew
Reads: This report was not made anew
"""

import asyncio
import time

from fastapi import FastAPI
from vendor import fetch_report

app = FastAPI()
asked: dict[str, int] = {}
kept: dict[str, tuple[float, str]] = {}


@app.get("/async-endpoint")
async def async_endpoint() -> dict[str, str]:
    await asyncio.sleep(2)
    return {"message": "This is an async response!"}


@app.get("/ping")
async def ping() -> dict[str, str]:
    return {"ping": "pong"}


@app.get("/report")
async def report(name: str) -> dict[str, str]:
    asked[name] = asked.get(name, 0) + 1
    made_at, made = kept.get(name, (0.0, ""))
    if not made or time.monotonic() - made_at > 3600:
        made = await asyncio.to_thread(fetch_report, name)
        if asked[name] > 1:
            kept[name] = time.monotonic(), made
    return {"report": made}
