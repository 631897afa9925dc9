"""Mistake: the first message is kept, and streamed to later requests before they wait.

Cell: complete, again
Caught by: test_the_message_leaves_after_the_wait
Reads: The whole answer left before two seconds were over
"""

import asyncio
from collections.abc import AsyncGenerator

from fastapi import FastAPI
from fastapi.responses import StreamingResponse

app = FastAPI()
kept: list[str] = []


async def message() -> AsyncGenerator[str]:
    for text in kept:
        yield text
    await asyncio.sleep(2)
    if not kept:
        kept.append('{"message": "This is an async response!"}')
        yield kept[0]


@app.get("/async-endpoint")
async def async_endpoint() -> StreamingResponse:
    return StreamingResponse(message(), media_type="application/json")
