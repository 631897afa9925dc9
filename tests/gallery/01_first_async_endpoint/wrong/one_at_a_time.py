"""Mistake: a lock that all requests share is held during the wait.

Caught by: test_the_answer_takes_two_seconds
Reads: Another request held it up, or a moment that all share
"""

import asyncio

from fastapi import FastAPI

app = FastAPI()
turn = asyncio.Lock()


@app.get("/async-endpoint")
async def async_endpoint() -> dict[str, str]:
    async with turn:
        await asyncio.sleep(2)
    return {"message": "This is an async response!"}
