"""Mistake: the first requests start a thread each, if they come together, and only the last one is stopped.

Cell: nothing left, together
Caught by: test_nothing_is_left_when_the_server_has_stopped
Reads: A thread that nobody ends keeps the whole process alive
"""

import asyncio
import logging
import queue
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI

log = logging.getLogger(__name__)


class LogWriter:
    def __init__(self) -> None:
        self.lines: queue.SimpleQueue[str | None] = queue.SimpleQueue()
        self.ready = asyncio.Event()
        self.thread = threading.Thread(
            target=self.run, args=(asyncio.get_running_loop(),), name="log-writer"
        )

    def run(self, loop: asyncio.AbstractEventLoop) -> None:
        loop.call_soon_threadsafe(self.ready.set)
        while (line := self.lines.get()) is not None:
            log.info(line)

    async def start(self) -> None:
        self.thread.start()
        await self.ready.wait()

    async def stop(self) -> None:
        self.lines.put(None)
        await asyncio.to_thread(self.thread.join)


writer: LogWriter | None = None


async def get_writer() -> LogWriter:
    global writer
    if writer is None:
        fresh = LogWriter()
        await fresh.start()
        writer = fresh
    return writer


@asynccontextmanager
async def lifespan(_: FastAPI) -> AsyncIterator[None]:
    global writer
    yield
    if writer is not None:
        await writer.stop()
        writer = None


app = FastAPI(lifespan=lifespan)


@app.get("/async-endpoint")
async def async_endpoint() -> dict[str, str]:
    ready = asyncio.get_running_loop().time() + 2
    (await get_writer()).lines.put("stock asked")
    await asyncio.sleep(ready - asyncio.get_running_loop().time())
    return {"message": "This is an async response!"}
