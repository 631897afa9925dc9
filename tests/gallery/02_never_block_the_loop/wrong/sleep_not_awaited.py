"""Mistake: the sleep of the async endpoint is not awaited.

Cell: wait, alone
Caught by: test_the_async_endpoint_answers_after_two_seconds
Reads: You built a coroutine and dropped it
"""

import asyncio

from fastapi import FastAPI
from vendor import fetch_report

app = FastAPI()


@app.get("/async-endpoint")
async def async_endpoint() -> dict[str, str]:
    asyncio.sleep(2)
    return {"message": "This is an async response!"}


@app.get("/ping")
async def ping() -> dict[str, str]:
    return {"ping": "pong"}


@app.get("/report")
async def report(name: str) -> dict[str, str]:
    return {"report": await asyncio.to_thread(fetch_report, name)}
