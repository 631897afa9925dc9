"""Mistake: the range of bad statuses ends one too early.

Cell: status error, values
Caught by: test_a_5xx_of_the_upstream_keeps_its_status
Reads: Any number from 400 to 599 can come
"""

from typing import Any

import httpx
from fastapi import FastAPI, HTTPException

DATA_URL = "https://nonexistent-api.com/data"

app = FastAPI()


@app.get("/external-api")
async def external_api() -> Any:
    try:
        async with httpx.AsyncClient() as client:
            response = await client.get(DATA_URL)
        if response.status_code not in range(400, 599):
            return response.json()
    except (httpx.RequestError, ValueError):
        raise HTTPException(500, "Request failed")
    raise HTTPException(response.status_code, "Error fetching data")
