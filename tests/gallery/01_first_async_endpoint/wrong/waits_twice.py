"""Mistake: the wait stands in a dependency, and once more in the route.

Cell: two seconds, alone
Caught by: test_the_answer_takes_two_seconds
Reads: Await a sleep of two seconds, once, before you return
"""

import asyncio

from fastapi import Depends, FastAPI

app = FastAPI()


async def pause() -> None:
    await asyncio.sleep(2)


@app.get("/async-endpoint", dependencies=[Depends(pause)])
async def async_endpoint() -> dict[str, str]:
    await asyncio.sleep(2)
    return {"message": "This is an async response!"}
