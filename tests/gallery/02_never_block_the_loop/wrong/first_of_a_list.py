"""Mistake: the name is taken for a list of names, and the vendor gets the first of them.

Cell: own name, values
Caught by: test_any_name_reaches_the_vendor_as_it_came
Reads: ask the vendor for the name as it came
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
    first, *_ = name.split(", ")
    return {"report": await asyncio.to_thread(fetch_report, first)}
