"""Mistake: a pool of the module is closed by the first report.

Cell: report, again
Caught by: test_any_name_reaches_the_vendor_as_it_came
Reads: It was shut down before, for everyone
"""

import asyncio
from concurrent.futures import ThreadPoolExecutor

from fastapi import FastAPI
from vendor import fetch_report

app = FastAPI()
pool = ThreadPoolExecutor(5)


@app.get("/async-endpoint")
async def async_endpoint() -> dict[str, str]:
    await asyncio.sleep(2)
    return {"message": "This is an async response!"}


@app.get("/ping")
async def ping() -> dict[str, str]:
    return {"ping": "pong"}


@app.get("/report")
async def report(name: str) -> dict[str, str]:
    loop = asyncio.get_running_loop()
    with pool:
        made = loop.run_in_executor(pool, fetch_report, name)
        await made
    return {"report": made.result()}
