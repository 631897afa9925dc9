"""Mistake: the first five requests are served, and all further ones refused.

Cell: two seconds, again
Caught by: test_the_answer_takes_two_seconds
Reads: Each request awaits one sleep of two seconds, whoever sends it, and how often
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
