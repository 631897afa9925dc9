"""Mistake: a name of digits alone is turned into a number, and loses its zeros.

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
async def report(name: int | str) -> dict[str, str]:
    if isinstance(name, str) and name.isdigit():
        name = int(name)
    return {"report": await asyncio.to_thread(fetch_report, name)}
