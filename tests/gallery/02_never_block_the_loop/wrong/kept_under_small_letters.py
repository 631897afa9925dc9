"""Mistake: requests that come together share a report if their names differ in capitals only.

Cell: own name, values
Caught by: test_each_request_gets_the_report_it_asked_for
Reads: Two names that differ in capitals only
"""

import asyncio

from fastapi import FastAPI
from vendor import fetch_report

app = FastAPI()
being_made: dict[str, asyncio.Task[str]] = {}


@app.get("/async-endpoint")
async def async_endpoint() -> dict[str, str]:
    await asyncio.sleep(2)
    return {"message": "This is an async response!"}


@app.get("/ping")
async def ping() -> dict[str, str]:
    return {"ping": "pong"}


@app.get("/report")
async def report(name: str) -> dict[str, str]:
    key = name.casefold()
    if key not in being_made:
        being_made[key] = asyncio.create_task(asyncio.to_thread(fetch_report, name))
    try:
        return {"report": await being_made[key]}
    finally:
        being_made.pop(key, None)
