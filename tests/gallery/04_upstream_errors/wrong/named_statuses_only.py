"""Mistake: the status is looked up in a table, which does not have every number.

Cell: status error, values
Caught by: test_a_4xx_of_the_upstream_keeps_its_status
Reads: Any number from 400 to 599 can come
"""

from http import HTTPStatus
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
        try:
            status = HTTPStatus(error.response.status_code)
        except ValueError:
            status = HTTPStatus.INTERNAL_SERVER_ERROR
        raise HTTPException(status, "Error fetching data")
    except (httpx.RequestError, ValueError):
        raise HTTPException(500, "Request failed")
