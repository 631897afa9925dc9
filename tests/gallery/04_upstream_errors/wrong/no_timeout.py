"""Mistake: the time-out is switched off.

Cell: silent, slow
Caught by: test_a_silent_upstream_is_a_request_error
Reads: several steps or tries add up
"""

from typing import Any

import httpx
from fastapi import FastAPI, HTTPException

DATA_URL = "https://nonexistent-api.com/data"

app = FastAPI()


@app.get("/external-api")
async def external_api() -> Any:
    try:
        async with httpx.AsyncClient(timeout=None) as client:
            response = await client.get(DATA_URL)
            response.raise_for_status()
        return response.json()
    except httpx.HTTPStatusError as error:
        raise HTTPException(error.response.status_code, "Error fetching data")
    except (httpx.RequestError, ValueError):
        raise HTTPException(500, "Request failed")
