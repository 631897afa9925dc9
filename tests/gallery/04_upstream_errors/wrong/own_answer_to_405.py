"""Mistake: 405 is taken for a mistake of this service, and answered with 500.

Cell: status error, values
Caught by: test_a_4xx_of_the_upstream_keeps_its_status
Reads: no status has an answer of its own
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
    except httpx.HTTPStatusError as error:
        if error.response.status_code == httpx.codes.METHOD_NOT_ALLOWED:
            raise HTTPException(500, "Request failed")
        raise HTTPException(error.response.status_code, "Error fetching data")
    except (httpx.RequestError, ValueError):
        raise HTTPException(500, "Request failed")
