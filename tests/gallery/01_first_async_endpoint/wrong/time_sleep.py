"""Mistake: the wait is time.sleep, which keeps the turn.

Cell: together, together
Caught by: test_five_requests_wait_together
Reads: time.sleep blocks the event loop
"""

import time

from fastapi import FastAPI

app = FastAPI()


@app.get("/async-endpoint")
async def async_endpoint() -> dict[str, str]:
    time.sleep(2)
    return {"message": "This is an async response!"}
