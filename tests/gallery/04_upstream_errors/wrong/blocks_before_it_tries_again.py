"""Mistake: a call that nobody takes is made again, after a wait that blocks the loop.

Cell: request error, failures
Caught by: test_an_upstream_that_refuses_is_a_request_error
Reads: blocks the event loop
"""

import time
from typing import Any

import httpx
from fastapi import FastAPI, HTTPException

DATA_URL = "https://nonexistent-api.com/data"

app = FastAPI()


@app.get("/external-api")
async def external_api() -> Any:
    try:
        async with httpx.AsyncClient() as client:
            try:
                response = await client.get(DATA_URL)
            except httpx.ConnectError:
                time.sleep(1)
                response = await client.get(DATA_URL)
            response.raise_for_status()
        return response.json()
    except httpx.HTTPStatusError as error:
        raise HTTPException(error.response.status_code, "Error fetching data")
    except (httpx.RequestError, ValueError):
        raise HTTPException(500, "Request failed")
