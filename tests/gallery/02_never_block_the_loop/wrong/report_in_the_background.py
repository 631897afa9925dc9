"""Mistake: the report is made after the answer has left.

Cell: report, alone
Caught by: test_the_report_is_the_vendors
Reads: Pass on what fetch_report returned
"""

import asyncio

from fastapi import BackgroundTasks, FastAPI
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
async def report(name: str, tasks: BackgroundTasks) -> dict[str, str]:
    tasks.add_task(fetch_report, name)
    return {"report": "in the making"}
