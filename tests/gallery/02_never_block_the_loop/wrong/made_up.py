"""Mistake: the vendor is not called: its text is made up.

Cell: report, outside
Caught by: test_the_report_is_the_vendors
Reads: Pass on what fetch_report returned
"""

import asyncio

from fastapi import FastAPI

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
    await asyncio.sleep(1)
    return {"report": f"Report on {name}, sealed SET-ANEW-BY-EACH-SPEC"}
