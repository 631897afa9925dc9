"""Mistake: asyncio.run is called inside a loop that already runs.

Cell: body, alone
Caught by: test_it_answers_with_the_message
Reads: A loop is already running
"""

import asyncio

from fastapi import FastAPI

app = FastAPI()


@app.get("/async-endpoint")
async def async_endpoint() -> dict[str, str]:
    asyncio.run(asyncio.sleep(2))
    return {"message": "This is an async response!"}
