"""The report is streamed: Starlette asks a plain generator for each piece in a worker thread."""

import asyncio
import json
from collections.abc import Iterator

from fastapi import FastAPI
from fastapi.responses import StreamingResponse
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
async def report(name: str) -> StreamingResponse:
    def pieces() -> Iterator[str]:
        yield '{"report": '
        yield json.dumps(fetch_report(name))
        yield "}"

    return StreamingResponse(pieces(), media_type="application/json")
