"""Mistake: the route waits for the thread with Future.result, on the loop.

Cell: ping beside, slow
Caught by: test_ping_is_answered_at_once_while_a_report_is_made
Reads: return {"report": threads.submit(fetch_report, name).result()}
"""

import asyncio
from concurrent.futures import ThreadPoolExecutor

from fastapi import FastAPI
from vendor import fetch_report

app = FastAPI()
threads = ThreadPoolExecutor(max_workers=5)


@app.get("/async-endpoint")
async def async_endpoint() -> dict[str, str]:
    await asyncio.sleep(2)
    return {"message": "This is an async response!"}


@app.get("/ping")
async def ping() -> dict[str, str]:
    return {"ping": "pong"}


@app.get("/report")
async def report(name: str) -> dict[str, str]:
    return {"report": threads.submit(fetch_report, name).result()}
