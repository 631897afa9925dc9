"""Mistake: the route starts a thread and joins it, on the loop.

Cell: ping beside, slow
Caught by: test_ping_is_answered_at_once_while_a_report_is_made
Reads: Thread.join blocks the event loop
"""

import asyncio
import threading

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
    texts: list[str] = []
    thread = threading.Thread(target=lambda: texts.append(fetch_report(name)))
    thread.start()
    thread.join()
    return {"report": texts[0]}
