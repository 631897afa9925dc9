"""Mistake: the thread of a report waits until its client has it, and that one has left.

Cell: nothing left, failures
Caught by: test_nothing_is_left_when_the_server_has_stopped
Reads: still open: the thread report
"""

import asyncio
import logging
import threading

from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse
from vendor import fetch_report

log = logging.getLogger(__name__)
app = FastAPI()


class Job:
    """One report, made in a thread of its own, which writes to the log when it was handed out."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.loop = asyncio.get_running_loop()
        self.ready: asyncio.Future[str] = self.loop.create_future()
        self.handed_out = threading.Event()
        threading.Thread(target=self.run, name="report").start()

    def settle(self, made: str | None, error: Exception | None) -> None:
        if error is not None:
            self.ready.set_exception(error)
        elif made is not None:
            self.ready.set_result(made)

    def run(self) -> None:
        try:
            made = fetch_report(self.name)
        except Exception as error:
            self.loop.call_soon_threadsafe(self.settle, None, error)
            return
        self.loop.call_soon_threadsafe(self.settle, made, None)
        self.handed_out.wait()
        log.info("a report was handed out")


@app.get("/async-endpoint")
async def async_endpoint() -> dict[str, str]:
    await asyncio.sleep(2)
    return {"message": "This is an async response!"}


@app.get("/ping")
async def ping() -> dict[str, str]:
    return {"ping": "pong"}


@app.get("/report")
async def report(request: Request, name: str) -> Response:
    job = Job(name)
    while not job.ready.done():
        if await request.is_disconnected():
            return Response(status_code=499)
        await asyncio.wait({job.ready}, timeout=0.05)
    made = job.ready.result()
    job.handed_out.set()
    return JSONResponse({"report": made})
