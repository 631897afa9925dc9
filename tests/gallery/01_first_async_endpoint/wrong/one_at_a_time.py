"""Mistake: a lock that all requests share is held during the wait.

Cell: together, together
Caught by: test_five_requests_wait_together
Reads: let no wait depend on others
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
