"""Mistake: three tries, and the time-outs of all of them add up.

Cell: silent, slow
Caught by: test_a_silent_upstream_is_a_request_error
Reads: several steps or tries add up
"""

from typing import Any

import httpx
from fastapi import FastAPI, HTTPException

DATA_URL = "https://nonexistent-api.com/data"

app = FastAPI()


@app.get("/external-api")
async def external_api() -> Any:
    async with httpx.AsyncClient() as client:
        for _ in range(3):
            try:
                response = await client.get(DATA_URL)
                response.raise_for_status()
                return response.json()
            except httpx.HTTPStatusError as error:
                raise HTTPException(error.response.status_code, "Error fetching data")
            except (httpx.RequestError, ValueError):
                continue
    raise HTTPException(500, "Request failed")
