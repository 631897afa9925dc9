"""Mistake: the exclamation mark is missing.

Cell: body, alone
Caught by: test_it_answers_with_the_message
Reads: letter by letter, so the kata does too
"""

import asyncio

from fastapi import FastAPI

app = FastAPI()


@app.get("/async-endpoint")
async def async_endpoint() -> dict[str, str]:
    await asyncio.sleep(2)
    return {"message": "This is an async response"}
