"""Starlette's run_in_threadpool, which FastAPI uses for def routes itself."""

import asyncio

from fastapi import FastAPI
from fastapi.concurrency import run_in_threadpool
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
    return {"report": await run_in_threadpool(fetch_report, name=name)}
