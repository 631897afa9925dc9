"""Mistake: each request takes one of five permits, and gives none back.

Cell: together, again
Caught by: test_five_requests_wait_together
Reads: waits for something that nothing will ever bring
"""

import asyncio

from fastapi import FastAPI

app = FastAPI()
permits = asyncio.Semaphore(5)


@app.get("/async-endpoint")
async def async_endpoint() -> dict[str, str]:
    await permits.acquire()
    await asyncio.sleep(2)
    return {"message": "This is an async response!"}
