"""Mistake: TransportError is caught: a smaller family than RequestError.

Cell: request error, values
Caught by: test_bytes_that_cannot_be_decoded_are_a_request_error
Reads: DecodingError
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
        raise HTTPException(error.response.status_code, "Error fetching data")
    except (httpx.TransportError, ValueError):
        raise HTTPException(500, "Request failed")
