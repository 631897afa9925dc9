"""Mistake: Retry-After is read as a number for the log, and it may be a date.

Cell: status error, values
Caught by: test_a_4xx_of_the_upstream_keeps_its_status
Reads: invalid literal
"""

import logging
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
        seconds = int(error.response.headers.get("retry-after", 0))
        logging.getLogger(__name__).info("the upstream asks for a pause of %d s", seconds)
        raise HTTPException(error.response.status_code, "Error fetching data")
    except (httpx.RequestError, ValueError):
        raise HTTPException(500, "Request failed")
