#!/usr/bin/env bash
# One would expect: an event whose `data` is a dict is sent as JSON, as a JSON response of the same framework would be, and as
#   FastAPI's own EventSourceResponse does it.
# What happens: it is sent as Python writes it: `{'id': 1, 'next': None}`, with single quotes, None and True.
# Why it matters: nothing fails on the server. In the browser `JSON.parse(event.data)` raises for every event, and a test that
#   looks for a word in the stream is content.
. "$(dirname "$0")/prelude.sh" sse-starlette==3.7.0 fastapi==0.165.0

cat >events.py <<'PYTHON'
import asyncio

from fastapi import FastAPI
from fastapi.sse import EventSourceResponse as Native
from sse_starlette import EventSourceResponse

EVENT = {"id": 1, "next": None}
app = FastAPI()


@app.get("/native", response_class=Native)
async def native():
    yield EVENT


@app.get("/sse-starlette")
async def other():
    async def events():
        yield {"data": EVENT}

    return EventSourceResponse(events())


async def first_line(path: str) -> str:
    parts = []

    async def receive():
        await asyncio.sleep(60)

    async def send(message):
        parts.append(message.get("body", b""))

    scope = {"type": "http", "asgi": {"version": "3.0", "spec_version": "2.3"}, "method": "GET", "path": path}
    await app({**scope, "headers": [], "query_string": b""}, receive, send)
    return b"".join(parts).decode().splitlines()[0]


async def main() -> None:
    print(await first_line("/native"), "and", await first_line("/sse-starlette"))


asyncio.run(main())
PYTHON
said=$(timeout 30 python events.py 2>&1 | tail -n 1)
[[ $said == "data: {\"id\": 1, \"next\": null} and data: {'id': 1, 'next': None}" ]] || changed "$said"
seen "FastAPI's own and sse-starlette's line of one event: $said"
