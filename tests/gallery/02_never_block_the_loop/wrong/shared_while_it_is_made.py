"""Mistake: a request joins the report that another one of the same name has ordered.

Cell: made anew, moments
Caught by: test_each_report_is_made_anew
Reads: the report that another request of the same name had ordered
"""

import asyncio

from fastapi import FastAPI
from vendor import fetch_report

app = FastAPI()
under_way: dict[str, asyncio.Future[str]] = {}


@app.get("/async-endpoint")
async def async_endpoint() -> dict[str, str]:
    await asyncio.sleep(2)
    return {"message": "This is an async response!"}


@app.get("/ping")
async def ping() -> dict[str, str]:
    return {"ping": "pong"}


@app.get("/report")
async def report(name: str) -> dict[str, str]:
    if name not in under_way:
        under_way[name] = asyncio.ensure_future(asyncio.to_thread(fetch_report, name))
        under_way[name].add_done_callback(lambda _: under_way.pop(name))
    return {"report": await under_way[name]}
