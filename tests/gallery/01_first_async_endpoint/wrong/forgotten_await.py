"""Mistake: the sleep is not awaited.

Cell: two seconds, alone
Caught by: test_the_answer_takes_two_seconds
Reads: You built a coroutine and dropped it
"""

import asyncio

from fastapi import FastAPI

app = FastAPI()


@app.get("/async-endpoint")
async def async_endpoint() -> dict[str, str]:
    asyncio.sleep(2)
    return {"message": "This is an async response!"}
