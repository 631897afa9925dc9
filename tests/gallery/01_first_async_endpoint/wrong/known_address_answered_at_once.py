"""Mistake: who has waited once is known by his address, and is answered at once from then on.

Cell: two seconds, again
Caught by: test_the_answer_takes_two_seconds
Reads: Only the first request waited
"""

import asyncio

from fastapi import FastAPI, Request

app = FastAPI()
have_waited: set[str] = set()


@app.get("/async-endpoint")
async def async_endpoint(request: Request) -> dict[str, str]:
    address = request.client.host if request.client else ""
    if address not in have_waited:
        await asyncio.sleep(2)
        have_waited.add(address)
    return {"message": "This is an async response!"}
