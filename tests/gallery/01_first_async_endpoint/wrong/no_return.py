"""Mistake: the dict is built, and never returned.

Cell: body, alone
Caught by: test_it_answers_with_the_message
Reads: ends without `return` gives back None
"""

import asyncio

from fastapi import FastAPI

app = FastAPI()


@app.get("/async-endpoint")
async def async_endpoint() -> None:
    await asyncio.sleep(2)
    app.state.answer = {"message": "This is an async response!"}
