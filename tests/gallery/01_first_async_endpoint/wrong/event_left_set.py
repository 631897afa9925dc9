"""Mistake: an event that the first request sets is never cleared.

Cell: two seconds, again
Caught by: test_the_answer_takes_two_seconds
Reads: Only the first request waited
"""

import asyncio

from fastapi import FastAPI

app = FastAPI()
over = asyncio.Event()


@app.get("/async-endpoint")
async def async_endpoint() -> dict[str, str]:
    asyncio.get_running_loop().call_later(2, over.set)
    await over.wait()
    return {"message": "This is an async response!"}
