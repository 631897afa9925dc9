"""concurrent.futures with asyncio.wrap_future, inside a task group."""

import asyncio
from concurrent.futures import ThreadPoolExecutor

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


async def fetch(threads: ThreadPoolExecutor, name: str) -> str:
    return await asyncio.wrap_future(threads.submit(fetch_report, name))


@app.get("/report")
async def report(name: str) -> dict[str, str]:
    threads = ThreadPoolExecutor(max_workers=1)
    async with asyncio.TaskGroup() as group:
        task = group.create_task(fetch(threads, name))
    # The one thread has nothing left to do, so this returns at once.
    threads.shutdown()
    return {"report": task.result()}
