"""Mistake: only 4xx are looked for: a 503 is served as 200.

Cell: status error, values
Caught by: test_a_5xx_of_the_upstream_keeps_its_status
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
        if response.is_client_error:
            raise HTTPException(response.status_code, "Error fetching data")
        return response.json()
    except (httpx.RequestError, ValueError):
        raise HTTPException(500, "Request failed")
