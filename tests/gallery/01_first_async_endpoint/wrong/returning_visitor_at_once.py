"""Mistake: a cookie marks who has waited, and whoever brings it back is answered at once.

Cell: two seconds, again
Caught by: test_the_answer_takes_two_seconds
Reads: Each request awaits one sleep of two seconds, whoever sends it, and how often
"""

import asyncio
from typing import Annotated

from fastapi import Cookie, FastAPI, Response

app = FastAPI()


@app.get("/async-endpoint")
async def async_endpoint(
    response: Response,
    stock_fresh: Annotated[str | None, Cookie()] = None,
) -> dict[str, str]:
    if stock_fresh is None:
        await asyncio.sleep(2)
        response.set_cookie("stock_fresh", "yes", max_age=60)
    return {"message": "This is an async response!"}
