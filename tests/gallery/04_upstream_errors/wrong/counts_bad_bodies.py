"""Mistake: after twenty bodies that are no JSON the upstream is never asked again.

Cell: goes on, again
Caught by: test_the_server_goes_on_after_any_number_of_failures
Reads: something counts the failures
"""

from typing import Any

import httpx
from fastapi import FastAPI, HTTPException

DATA_URL = "https://nonexistent-api.com/data"

app = FastAPI()
bad = 0


@app.get("/external-api")
async def external_api() -> Any:
    global bad
    if bad >= 10:
        raise HTTPException(500, "Request failed")
    try:
        async with httpx.AsyncClient() as client:
            response = await client.get(DATA_URL)
            response.raise_for_status()
    except httpx.HTTPStatusError as error:
        raise HTTPException(error.response.status_code, "Error fetching data")
    except httpx.RequestError:
        raise HTTPException(500, "Request failed")
    try:
        return response.json()
    except ValueError:
        bad += 1
        raise HTTPException(500, "Request failed")
