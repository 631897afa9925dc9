"""Mistake: the moment at which the wait ends is a global, and each new request moves it.

Cell: two seconds, moments
Caught by: test_each_request_waits_two_seconds_whenever_others_come
Reads: A request that came later moved the moment
"""

import asyncio

from fastapi import FastAPI

app = FastAPI()
ends = 0.0


@app.get("/async-endpoint")
async def async_endpoint() -> dict[str, str]:
    global ends
    loop = asyncio.get_running_loop()
    ends = loop.time() + 2
    while loop.time() < ends:
        await asyncio.sleep(ends - loop.time())
    return {"message": "This is an async response!"}
