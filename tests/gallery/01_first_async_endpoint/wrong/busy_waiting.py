"""Mistake: the handler watches the clock until two seconds are over, and never gives the turn away.

Cell: together, together
Caught by: test_five_requests_wait_together
Reads: A loop that watches the clock blocks the event loop
"""

import time

from fastapi import FastAPI

app = FastAPI()


@app.get("/async-endpoint")
async def async_endpoint() -> dict[str, str]:
    end = time.monotonic() + 2
    while time.monotonic() < end:
        pass
    return {"message": "This is an async response!"}
