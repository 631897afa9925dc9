"""Mistake: who waits is kept by host and port, and behind a proxy the port is 0 for all.

Cell: together, values
Caught by: test_five_requests_wait_together
Reads: These were five more at once, all from one address
"""

import asyncio

from fastapi import FastAPI, Request

app = FastAPI()

waiting: "dict[object, asyncio.Future[None]]" = {}


def answer(client: object) -> None:
    future = waiting.pop(client, None)
    if future is not None and not future.done():
        future.set_result(None)


@app.get("/async-endpoint")
async def async_endpoint(request: Request) -> dict[str, str]:
    loop = asyncio.get_running_loop()
    client = request.client
    future: asyncio.Future[None] = loop.create_future()
    waiting[client] = future
    loop.call_later(2, answer, client)
    await future
    return {"message": "This is an async response!"}
