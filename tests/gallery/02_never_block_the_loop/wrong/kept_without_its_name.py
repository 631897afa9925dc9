"""Mistake: the first report is kept, and served for every name.

Cell: own name, again
Caught by: test_any_name_reaches_the_vendor_as_it_came
Reads: It got the report that an earlier request had asked for
"""

import asyncio

from fastapi import FastAPI
from vendor import fetch_report

app = FastAPI()
kept: list[asyncio.Task[str]] = []


@app.get("/async-endpoint")
async def async_endpoint() -> dict[str, str]:
    await asyncio.sleep(2)
    return {"message": "This is an async response!"}


@app.get("/ping")
async def ping() -> dict[str, str]:
    return {"ping": "pong"}


@app.get("/report")
async def report(name: str) -> dict[str, str]:
    if not kept:
        kept.append(asyncio.create_task(asyncio.to_thread(fetch_report, name)))
    return {"report": await kept[0]}
