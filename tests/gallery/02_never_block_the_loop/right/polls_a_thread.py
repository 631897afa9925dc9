"""Looks every five milliseconds whether the thread is done, and whether two seconds of datetime are over."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

from fastapi import FastAPI
from vendor import fetch_report

app = FastAPI()


@app.get("/async-endpoint")
async def async_endpoint() -> dict[str, str]:
    began = datetime.now()
    while datetime.now() - began < timedelta(seconds=2):
        await asyncio.sleep(0.005)
    return {"message": "This is an async response!"}


@app.get("/ping")
async def ping() -> dict[str, str]:
    return {"ping": "pong"}


@app.get("/report")
async def report(name: str) -> dict[str, str]:
    with ThreadPoolExecutor(1) as pool:
        job = pool.submit(fetch_report, name)
        while not job.done():
            await asyncio.sleep(0.005)
        return {"report": job.result()}
