"""A thread for each request, which hands its result back through the loop's own door."""

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
    loop = asyncio.get_running_loop()
    text: asyncio.Future[str] = loop.create_future()

    def work() -> None:
        loop.call_soon_threadsafe(text.set_result, fetch_report(name))

    threading.Thread(target=work).start()
    return {"report": await text}
