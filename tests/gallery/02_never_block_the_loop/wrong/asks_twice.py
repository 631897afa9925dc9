"""Mistake: the report is made once to see whether it can be had, and once more to be sent.

Cell: report, alone
Caught by: test_the_report_is_the_vendors
Reads: ask once in a request, and wait for nothing else
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
    if not await asyncio.to_thread(fetch_report, name):
        return {"report": ""}
    return {"report": await asyncio.to_thread(fetch_report, name)}
