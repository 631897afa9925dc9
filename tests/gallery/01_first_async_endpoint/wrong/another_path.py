"""Mistake: an underscore stands where the path has a hyphen.

Cell: body, alone
Caught by: test_it_answers_with_the_message
Reads: No route answers this path
"""

import asyncio

from fastapi import FastAPI

app = FastAPI()


@app.get("/async_endpoint")
async def async_endpoint() -> dict[str, str]:
    await asyncio.sleep(2)
    return {"message": "This is an async response!"}
