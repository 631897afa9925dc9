"""Mistake: a stream gives its place back only if it is read to its end, so each client that leaves takes one away.

Cell: together, outside
Caught by: test_each_request_waits_two_seconds_whenever_others_come
Reads: what a request takes it gives back also then
"""

import asyncio
from collections.abc import AsyncIterator

from fastapi import FastAPI
from fastapi.responses import StreamingResponse

app = FastAPI()

slots = asyncio.Semaphore(10)


async def stream() -> AsyncIterator[bytes]:
    await slots.acquire()
    await asyncio.sleep(2)
    slots.release()
    yield b'{"message": "This is an async response!"}'


@app.get("/async-endpoint")
async def async_endpoint() -> StreamingResponse:
    return StreamingResponse(stream(), media_type="application/json")
