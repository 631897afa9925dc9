"""Mistake: an async helper is called and its coroutine returned as the body.

Cell: body, alone
Caught by: test_it_answers_with_the_message
Reads: You built a coroutine and dropped it
"""

import asyncio

from fastapi import FastAPI

app = FastAPI()


async def message() -> dict[str, str]:
    await asyncio.sleep(2)
    return {"message": "This is an async response!"}


@app.get("/async-endpoint")
async def async_endpoint():
    return message()
