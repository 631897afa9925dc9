"""Mistake: a request whose client has left does not give its place back.

Cell: five at once, outside
Caught by: test_each_report_is_made_anew
Reads: what a request takes it gives back also then
"""

import asyncio

from fastapi import FastAPI, Request, Response
from vendor import fetch_report

app = FastAPI()
slots = asyncio.Semaphore(5)


@app.get("/async-endpoint")
async def async_endpoint() -> dict[str, str]:
    await asyncio.sleep(2)
    return {"message": "This is an async response!"}


@app.get("/ping")
async def ping() -> dict[str, str]:
    return {"ping": "pong"}


@app.get("/report", response_model=None)
async def report(name: str, request: Request) -> dict[str, str] | Response:
    await slots.acquire()
    try:
        made = await asyncio.to_thread(fetch_report, name)
    except BaseException:
        slots.release()
        raise
    if await request.is_disconnected():
        return Response(status_code=499)
    slots.release()
    return {"report": made}
