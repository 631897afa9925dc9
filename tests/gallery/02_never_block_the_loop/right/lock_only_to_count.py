"""A lock is held to count the reports, and never while one is made."""

import asyncio
import threading

from fastapi import FastAPI
from fastapi.concurrency import run_in_threadpool
from vendor import fetch_report

app = FastAPI()
counting = threading.Lock()
made = 0


def make(name: str) -> str:
    global made
    with counting:
        made += 1
    return fetch_report(name)


@app.get("/async-endpoint")
async def async_endpoint() -> dict[str, str]:
    await asyncio.sleep(2)
    return {"message": "This is an async response!"}


@app.get("/ping")
async def ping() -> dict[str, str]:
    return {"ping": "pong"}


@app.get("/report")
async def report(name: str) -> dict[str, str]:
    return {"report": await run_in_threadpool(make, name=name)}
