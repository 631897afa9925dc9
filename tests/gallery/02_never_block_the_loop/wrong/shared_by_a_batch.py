"""Mistake: names that come at one moment are collected, and each name is asked for once.

Cell: made anew, together
Caught by: test_each_report_is_made_anew
Reads: that came at the same moment shared a report
"""

import asyncio

from fastapi import FastAPI
from vendor import fetch_report

app = FastAPI()
batch: dict[str, asyncio.Future[str]] = {}


@app.get("/async-endpoint")
async def async_endpoint() -> dict[str, str]:
    await asyncio.sleep(2)
    return {"message": "This is an async response!"}


@app.get("/ping")
async def ping() -> dict[str, str]:
    return {"ping": "pong"}


@app.get("/report")
async def report(name: str) -> dict[str, str]:
    if name not in batch:
        batch[name] = asyncio.ensure_future(asyncio.to_thread(fetch_report, name))
        asyncio.get_running_loop().call_later(0.02, batch.pop, name)
    return {"report": await batch[name]}
