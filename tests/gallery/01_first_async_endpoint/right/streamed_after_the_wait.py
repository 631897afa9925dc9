"""The body is streamed in two parts, of which the first leaves at once and the rest after the wait."""

import asyncio
from collections.abc import AsyncGenerator

from fastapi import FastAPI
from fastapi.responses import StreamingResponse

app = FastAPI()


async def message() -> AsyncGenerator[str]:
    yield '{"message": '
    await asyncio.sleep(2)
    yield '"This is an async response!"}'


@app.get("/async-endpoint")
async def async_endpoint() -> StreamingResponse:
    return StreamingResponse(message(), media_type="application/json")
