"""Mistake: nobody looks at the status: a 404 is served as 200.

Cell: status error, alone
Caught by: test_a_4xx_of_the_upstream_keeps_its_status
Reads: httpx never raises on a status by itself
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
        return response.json()
    except (httpx.RequestError, ValueError):
        raise HTTPException(500, "Request failed")
