"""Mistake: the synchronous httpx.get is called in an async def.

Cell: waits, together
Caught by: test_requests_wait_together_for_a_slow_upstream
Reads: blocks the event loop
"""

from typing import Any

import httpx
from fastapi import FastAPI, HTTPException

DATA_URL = "https://nonexistent-api.com/data"

app = FastAPI()


@app.get("/external-api")
async def external_api() -> Any:
    try:
        return httpx.get(DATA_URL).raise_for_status().json()
    except httpx.HTTPStatusError as error:
        raise HTTPException(error.response.status_code, "Error fetching data")
    except (httpx.RequestError, ValueError):
        raise HTTPException(500, "Request failed")
