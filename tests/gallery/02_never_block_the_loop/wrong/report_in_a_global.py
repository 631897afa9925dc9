"""Mistake: the thread leaves the report in a global, and the route reads it there.

Cell: own name, moments
Caught by: test_each_request_gets_the_report_it_asked_for
Reads: It got the report on another request's name
"""

import asyncio

from fastapi import FastAPI
from vendor import fetch_report

app = FastAPI()
latest = ""


def make(name: str) -> None:
    global latest
    latest = fetch_report(name)


@app.get("/async-endpoint")
async def async_endpoint() -> dict[str, str]:
    await asyncio.sleep(2)
    return {"message": "This is an async response!"}


@app.get("/ping")
async def ping() -> dict[str, str]:
    return {"ping": "pong"}


@app.get("/report")
async def report(name: str) -> dict[str, str]:
    await asyncio.to_thread(make, name)
    return {"report": latest}
