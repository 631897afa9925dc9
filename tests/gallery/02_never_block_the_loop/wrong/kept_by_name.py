"""Mistake: a report that was made once is kept, and given to later requests.

Cell: made anew, again
Caught by: test_each_report_is_made_anew
Reads: This report was not made anew
"""

import asyncio

from fastapi import FastAPI
from vendor import fetch_report

app = FastAPI()
reports: dict[str, str] = {}


@app.get("/async-endpoint")
async def async_endpoint() -> dict[str, str]:
    await asyncio.sleep(2)
    return {"message": "This is an async response!"}


@app.get("/ping")
async def ping() -> dict[str, str]:
    return {"ping": "pong"}


@app.get("/report")
async def report(name: str) -> dict[str, str]:
    if name not in reports:
        reports[name] = await asyncio.to_thread(fetch_report, name)
    return {"report": reports[name]}
