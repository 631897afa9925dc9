"""Mistake: the report of a client that has left is kept for the next one who asks for that name.

Cell: made anew, outside
Caught by: test_each_report_is_made_anew
Reads: This report was not made anew
"""

import asyncio

from fastapi import FastAPI, Request
from vendor import fetch_report

app = FastAPI()
undelivered: dict[str, str] = {}


@app.get("/async-endpoint")
async def async_endpoint() -> dict[str, str]:
    await asyncio.sleep(2)
    return {"message": "This is an async response!"}


@app.get("/ping")
async def ping() -> dict[str, str]:
    return {"ping": "pong"}


@app.get("/report")
async def report(name: str, request: Request) -> dict[str, str]:
    if name in undelivered:
        return {"report": undelivered.pop(name)}
    made = await asyncio.to_thread(fetch_report, name)
    if await request.is_disconnected():
        undelivered[name] = made  # it was paid for: their retry shall have it
    return {"report": made}
