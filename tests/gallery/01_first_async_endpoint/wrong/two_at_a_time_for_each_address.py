"""Mistake: no address may have more than two requests waiting: the others stand in a queue.

Cell: together, together
Caught by: test_five_requests_wait_together
Reads: let no wait depend on others
"""

import asyncio
from collections import defaultdict

from fastapi import FastAPI, Request

app = FastAPI()
permits: defaultdict[str, asyncio.Semaphore] = defaultdict(lambda: asyncio.Semaphore(2))


@app.get("/async-endpoint")
async def async_endpoint(request: Request) -> dict[str, str]:
    address = request.client.host if request.client else ""
    async with permits[address]:
        await asyncio.sleep(2)
    return {"message": "This is an async response!"}
