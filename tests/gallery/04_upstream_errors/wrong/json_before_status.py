"""Mistake: the body is read as JSON before anybody looks at the status: an error page is no JSON.

Cell: status error, values
Caught by: test_a_5xx_of_the_upstream_keeps_its_status
Reads: Look at the status before the body
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
        body = response.json()
        response.raise_for_status()
        return body
    except httpx.HTTPStatusError as error:
        raise HTTPException(error.response.status_code, "Error fetching data")
    except (httpx.RequestError, ValueError):
        raise HTTPException(500, "Request failed")
