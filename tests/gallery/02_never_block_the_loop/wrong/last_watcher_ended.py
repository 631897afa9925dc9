"""Mistake: each request starts a thread that watches over it, and the shutdown ends only the last.

Cell: nothing left, mixed
Caught by: test_nothing_is_left_when_the_server_has_stopped
Reads: still open: 3 × the thread watcher
"""

import asyncio
import threading
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from fastapi import FastAPI
from vendor import fetch_report

enough = threading.Event()


@asynccontextmanager
async def lifespan(_: FastAPI) -> AsyncGenerator[None]:
    yield
    enough.set()


app = FastAPI(lifespan=lifespan)


@app.get("/async-endpoint")
async def async_endpoint() -> dict[str, str]:
    await asyncio.sleep(2)
    return {"message": "This is an async response!"}


@app.get("/ping")
async def ping() -> dict[str, str]:
    return {"ping": "pong"}


@app.get("/report")
async def report(name: str) -> dict[str, str]:
    global enough
    enough = threading.Event()
    threading.Thread(target=enough.wait, name="watcher").start()
    return {"report": await asyncio.to_thread(fetch_report, name)}
