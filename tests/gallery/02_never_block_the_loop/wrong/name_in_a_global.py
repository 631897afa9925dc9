"""Mistake: the name is left in a global, where the thread reads it when it begins.

Cell: own name, mixed
Caught by: test_each_request_gets_the_report_it_asked_for
Reads: It got the report on another request's name
"""

import asyncio

from fastapi import FastAPI
from vendor import fetch_report

app = FastAPI()
current = ""


def make() -> str:
    return fetch_report(current)


@app.get("/async-endpoint")
async def async_endpoint() -> dict[str, str]:
    await asyncio.sleep(2)
    return {"message": "This is an async response!"}


@app.get("/ping")
async def ping() -> dict[str, str]:
    return {"ping": "pong"}


@app.get("/report")
async def report(name: str) -> dict[str, str]:
    global current
    current = name
    return {"report": await asyncio.to_thread(make)}
