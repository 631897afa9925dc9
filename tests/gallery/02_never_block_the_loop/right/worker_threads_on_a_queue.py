"""Threads of the app's own take the names off a queue, and leave each report in a future."""

import asyncio
import queue
import threading
from collections.abc import AsyncGenerator
from concurrent.futures import Future
from contextlib import asynccontextmanager

from fastapi import FastAPI
from vendor import fetch_report

Job = tuple[str, Future[str]]
jobs: queue.Queue[Job | None] = queue.Queue()


def work() -> None:
    while (job := jobs.get()) is not None:
        name, text = job
        if text.set_running_or_notify_cancel():
            try:
                text.set_result(fetch_report(name))
            except Exception as error:
                text.set_exception(error)


@asynccontextmanager
async def lifespan(_: FastAPI) -> AsyncGenerator[None]:
    threads = [threading.Thread(target=work) for _ in range(10)]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        for _ in threads:
            jobs.put(None)
        for thread in threads:
            await asyncio.to_thread(thread.join)


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
    text: Future[str] = Future()
    jobs.put((name, text))
    return {"report": await asyncio.wrap_future(text)}
