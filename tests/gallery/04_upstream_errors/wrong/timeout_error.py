"""Mistake: Python's TimeoutError is caught, which httpx never raises.

Cell: request error, slow
Caught by: test_a_silent_upstream_is_a_request_error
Reads: ReadTimeout
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
    except (httpx.NetworkError, httpx.ProtocolError, httpx.DecodingError):
        raise HTTPException(500, "Request failed")
    except (TimeoutError, ValueError):
        raise HTTPException(500, "Request failed")
