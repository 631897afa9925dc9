"""Mistake: the upstream's headers are copied, and speak of another body.

Cell: headers, alone
Caught by: test_a_4xx_of_the_upstream_keeps_its_status
Reads: Response content longer than Content-Length
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
        headers = dict(error.response.headers)
        raise HTTPException(error.response.status_code, "Error fetching data", headers)
    except (httpx.RequestError, ValueError):
        raise HTTPException(500, "Request failed")
