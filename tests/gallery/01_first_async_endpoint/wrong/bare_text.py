"""Mistake: the text is returned, not an object that holds it.

Cell: body, alone
Caught by: test_it_answers_with_the_message
Reads: That is a JSON string
"""

import asyncio

from fastapi import FastAPI

app = FastAPI()


@app.get("/async-endpoint")
async def async_endpoint() -> str:
    await asyncio.sleep(2)
    return "This is an async response!"
