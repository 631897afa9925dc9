"""Mistake: the first five requests are served, and all further ones refused.

Cell: together, again
Caught by: test_five_requests_wait_together
Reads: Each request is answered with the whole message
"""

import asyncio

from fastapi import FastAPI, HTTPException

app = FastAPI()
served = 0


@app.get("/async-endpoint")
async def async_endpoint() -> dict[str, str]:
    global served
    served += 1
    if served > 5:
        raise HTTPException(429)
    await asyncio.sleep(2)
    return {"message": "This is an async response!"}
