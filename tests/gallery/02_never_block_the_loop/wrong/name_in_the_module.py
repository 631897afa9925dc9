"""Mistake: the name is kept in the module: who comes last overwrites it.

Cell: own name, mixed
Caught by: test_each_request_gets_the_report_it_asked_for
Reads: It got the report on another request's name
"""

import asyncio

from fastapi import FastAPI
from vendor import fetch_report

app = FastAPI()
current = {"name": ""}


@app.get("/async-endpoint")
async def async_endpoint() -> dict[str, str]:
    await asyncio.sleep(2)
    return {"message": "This is an async response!"}


@app.get("/ping")
async def ping() -> dict[str, str]:
    return {"ping": "pong"}


async def write_to_the_log() -> None:
    await asyncio.sleep(0)


@app.get("/report")
async def report(name: str) -> dict[str, str]:
    current["name"] = name
    await write_to_the_log()
    return {"report": await asyncio.to_thread(fetch_report, current["name"])}
