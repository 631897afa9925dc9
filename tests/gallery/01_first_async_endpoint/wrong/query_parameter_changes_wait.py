"""Mistake: the wait is a parameter of the route function, so everybody can change it in the query.

Cell: two seconds, values
Caught by: test_the_answer_takes_two_seconds
Reads: A parameter of the route function is what a client may send
"""

import asyncio

from fastapi import FastAPI

app = FastAPI()


@app.get("/async-endpoint")
async def async_endpoint(seconds: float = 2) -> dict[str, str]:
    await asyncio.sleep(seconds)
    return {"message": "This is an async response!"}
