"""Mistake: to_thread is not awaited.

Cell: report, alone
Caught by: test_the_report_is_the_vendors
Reads: You built a coroutine and dropped it
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
async def report(name: str):
    return {"report": asyncio.to_thread(fetch_report, name)}
