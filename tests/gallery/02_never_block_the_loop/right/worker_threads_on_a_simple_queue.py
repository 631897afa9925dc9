"""Threads of the app's own take the names off a `SimpleQueue`, and tell the loop what each report says."""

import asyncio
import threading
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from queue import SimpleQueue

from fastapi import FastAPI, Request
from vendor import fetch_report

Job = tuple[str, asyncio.Future[str]]


def work(jobs: SimpleQueue[Job | None], loop: asyncio.AbstractEventLoop) -> None:
    while (job := jobs.get()) is not None:
        name, text = job
        report = fetch_report(name)
        loop.call_soon_threadsafe(
            lambda text=text, report=report: text.done() or text.set_result(report)
        )


@asynccontextmanager
async def lifespan(_: FastAPI) -> AsyncGenerator[dict[str, SimpleQueue[Job | None]]]:
    jobs: SimpleQueue[Job | None] = SimpleQueue()
    loop = asyncio.get_running_loop()
    threads = [threading.Thread(target=work, args=(jobs, loop)) for _ in range(5)]
    for thread in threads:
        thread.start()
    try:
        yield {"jobs": jobs}
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
async def report(request: Request, name: str) -> dict[str, str]:
    text: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    request.state.jobs.put((name, text))
    return {"report": await text}
