"""Mistake: the guide's own code: json() stands outside, and nobody catches what it raises.

Cell: no json, alone
Caught by: test_a_200_that_is_not_json_is_a_failed_request
Reads: A body need not be JSON
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
    except httpx.HTTPStatusError as e:
        raise HTTPException(status_code=e.response.status_code, detail="Error fetching data")
    except httpx.RequestError:
        raise HTTPException(status_code=500, detail="Request failed")

    return response.json()
