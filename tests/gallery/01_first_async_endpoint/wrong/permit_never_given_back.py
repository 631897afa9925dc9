"""Mistake: each request takes one of five permits, and gives none back.

Cell: together, again
Caught by: test_the_answer_takes_two_seconds
Reads: await permits.acquire() A deadlock
"""

import asyncio

from fastapi import FastAPI

app = FastAPI()
permits = asyncio.Semaphore(5)


@app.get("/async-endpoint")
async def async_endpoint() -> dict[str, str]:
    await permits.acquire()
    await asyncio.sleep(2)
    return {"message": "This is an async response!"}
