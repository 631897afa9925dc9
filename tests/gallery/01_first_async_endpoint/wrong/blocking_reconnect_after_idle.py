"""Mistake: after half a minute without requests the next one connects anew with time.sleep, and holds up those beside it.

Cell: together, again
Caught by: test_five_requests_wait_together
Reads: time.sleep blocks the event loop
"""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI

IDLE = 30
HANDSHAKE = 0.5


class Warehouse:
    def __init__(self) -> None:
        self.last_used = 0.0

    def connect(self) -> None:
        time.sleep(HANDSHAKE)
        self.last_used = asyncio.get_running_loop().time()

    async def ask(self) -> str:
        loop = asyncio.get_running_loop()
        ready = loop.time() + 2
        if loop.time() - self.last_used > IDLE:
            self.connect()
        self.last_used = loop.time()
        await asyncio.sleep(ready - loop.time())
        self.last_used = loop.time()
        return "This is an async response!"


warehouse = Warehouse()


@asynccontextmanager
async def lifespan(_: FastAPI) -> AsyncIterator[None]:
    warehouse.connect()  # nobody is served yet
    yield


app = FastAPI(lifespan=lifespan)


@app.get("/async-endpoint")
async def async_endpoint() -> dict[str, str]:
    return {"message": await warehouse.ask()}
