"""Mistake: the message stands in one dict for all, and the first of several requests takes it out.

Cell: together, together
Caught by: test_five_requests_wait_together
Reads: Each request is answered with the whole message
"""

import asyncio

from fastapi import FastAPI

app = FastAPI()
answer: dict[str, str] = {}


@app.get("/async-endpoint")
async def async_endpoint() -> dict[str, str]:
    answer["message"] = "This is an async response!"
    await asyncio.sleep(2)
    sent = dict(answer)
    answer.clear()
    return sent
