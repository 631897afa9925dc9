"""02 · Never block the loop: the reference."""

import asyncio

from fastapi import FastAPI
from vendor import fetch_report

app = FastAPI()


@app.get("/async-endpoint")
async def async_endpoint() -> dict[str, str]:
    # This wait gives the turn away by itself, so it may stay on the loop.
    await asyncio.sleep(2)
    return {"message": "This is an async response!"}


@app.get("/ping")
async def ping() -> dict[str, str]:
    # There is nothing to wait for, so nothing to await. The route is quick only because no other
    # route keeps the turn for long.
    return {"ping": "pong"}


@app.get("/report")
async def report(name: str) -> dict[str, str]:
    # `fetch_report` knows nothing of the loop: whoever calls it stands still for a second. So a
    # worker thread calls it, and the loop only awaits the result. The function is handed over
    # with its argument; written as `fetch_report(name)` it would run here, before any thread.
    #
    # A plain `def report(name: str)` that returns {"report": fetch_report(name)} is right too:
    # FastAPI runs `def` routes in worker threads of its own.
    return {"report": await asyncio.to_thread(fetch_report, name)}
