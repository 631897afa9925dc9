"""A plain def route keeps its name in a thread-local: nobody else runs in its thread meanwhile."""

import asyncio
import threading

from fastapi import FastAPI
from vendor import fetch_report

app = FastAPI()
mine = threading.local()


def make() -> str:
    return fetch_report(mine.name)


@app.get("/async-endpoint")
async def async_endpoint() -> dict[str, str]:
    await asyncio.sleep(2)
    return {"message": "This is an async response!"}


@app.get("/ping")
async def ping() -> dict[str, str]:
    return {"ping": "pong"}


@app.get("/report")
def report(name: str) -> dict[str, str]:
    mine.name = name
    return {"report": make()}
