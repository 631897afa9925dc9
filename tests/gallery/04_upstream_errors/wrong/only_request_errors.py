"""Mistake: only request errors are caught; status errors go through.

Cell: status error, alone
Caught by: test_a_4xx_of_the_upstream_keeps_its_status
Reads: HTTPStatusError
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
            response.raise_for_status()
        return response.json()
    except (httpx.RequestError, ValueError):
        raise HTTPException(500, "Request failed")
