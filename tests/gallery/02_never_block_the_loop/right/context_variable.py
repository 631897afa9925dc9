"""A context variable holds the name: to_thread hands the context of its request over."""

import asyncio
from contextvars import ContextVar

from fastapi import FastAPI
from vendor import fetch_report

app = FastAPI()
current: ContextVar[str] = ContextVar("current")


def make() -> str:
    return fetch_report(current.get())


@app.get("/async-endpoint")
async def async_endpoint() -> dict[str, str]:
    await asyncio.sleep(2)
    return {"message": "This is an async response!"}


@app.get("/ping")
async def ping() -> dict[str, str]:
    return {"ping": "pong"}


@app.get("/report")
async def report(name: str) -> dict[str, str]:
    current.set(name)
    return {"report": await asyncio.to_thread(make)}
