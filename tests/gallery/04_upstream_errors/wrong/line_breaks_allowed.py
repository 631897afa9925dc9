"""Mistake: JSON is read loosely, so a line break inside of a string passes.

Cell: no json, values
Caught by: test_a_200_that_is_not_json_is_a_failed_request
Reads: which `json()` cannot read
"""

import json
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
        return json.loads(response.content, strict=False)
    except httpx.HTTPStatusError as error:
        raise HTTPException(error.response.status_code, "Error fetching data")
    except (httpx.RequestError, ValueError):
        raise HTTPException(500, "Request failed")
