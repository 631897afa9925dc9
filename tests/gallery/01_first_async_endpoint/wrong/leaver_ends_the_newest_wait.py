"""Mistake: who leaves ends the wait that began last, which is another's.

Cell: two seconds, moments
Caught by: test_each_request_waits_two_seconds_whenever_others_come
Reads: It was answered too soon, since somebody else had left
"""

import asyncio

from fastapi import FastAPI, Request

app = FastAPI()


async def client_left(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass


@app.get("/async-endpoint")
async def async_endpoint(request: Request) -> dict[str, str]:
    wait = asyncio.create_task(asyncio.sleep(2))
    request.app.state.wait = wait
    left = asyncio.create_task(client_left(request))
    try:
        await asyncio.wait({wait, left}, return_when=asyncio.FIRST_COMPLETED)
        if left.done():
            request.app.state.wait.cancel()  # no use in waiting on
    finally:
        left.cancel()
    return {"message": "This is an async response!"}
