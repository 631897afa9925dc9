"""Mistake: the message is streamed at once, and only a blank behind it waits for two seconds.

Cell: complete, alone
Caught by: test_the_message_leaves_after_the_wait
Reads: The whole answer left before two seconds were over
"""

import asyncio
import json
from collections.abc import AsyncGenerator

from fastapi import FastAPI
from fastapi.responses import StreamingResponse

app = FastAPI()


async def message() -> AsyncGenerator[str]:
    yield json.dumps({"message": "This is an async response!"})
    await asyncio.sleep(2)
    yield "\n"


@app.get("/async-endpoint")
async def async_endpoint() -> StreamingResponse:
    return StreamingResponse(message(), media_type="application/json")
