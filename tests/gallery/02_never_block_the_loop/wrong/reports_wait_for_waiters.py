"""Mistake: a report is ordered only when nobody waits in the async endpoint.

Cell: five at once, mixed
Caught by: test_five_reports_take_as_long_as_one
Reads: Others were under way on both routes
"""

import asyncio

from fastapi import FastAPI
from vendor import fetch_report

app = FastAPI()
waiting = 0
nobody_waits = asyncio.Event()
nobody_waits.set()


@app.get("/async-endpoint")
async def async_endpoint() -> dict[str, str]:
    global waiting
    waiting += 1
    nobody_waits.clear()
    await asyncio.sleep(2)
    waiting -= 1
    if not waiting:
        nobody_waits.set()
    return {"message": "This is an async response!"}


@app.get("/ping")
async def ping() -> dict[str, str]:
    return {"ping": "pong"}


@app.get("/report")
async def report(name: str) -> dict[str, str]:
    await nobody_waits.wait()
    return {"report": await asyncio.to_thread(fetch_report, name)}
