"""Mistake: the status is 202.

Cell: body, alone
Caught by: test_it_answers_with_the_message
Reads: The status is 200 unless you ask for another one
"""

import asyncio

from fastapi import FastAPI

app = FastAPI()


@app.get("/async-endpoint", status_code=202)
async def async_endpoint() -> dict[str, str]:
    await asyncio.sleep(2)
    return {"message": "This is an async response!"}
