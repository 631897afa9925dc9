"""Mistake: after a connection that broke the upstream is left alone for a minute.

Cell: goes on, failures
Caught by: test_each_request_answers_with_what_came_now
Reads: It left something behind
"""

import time
from typing import Any

import httpx
from fastapi import FastAPI, HTTPException

DATA_URL = "https://nonexistent-api.com/data"

app = FastAPI()
shut_until = 0.0


@app.get("/external-api")
async def external_api() -> Any:
    global shut_until
    if time.monotonic() < shut_until:
        raise HTTPException(500, "Request failed")
    try:
        async with httpx.AsyncClient() as client:
            response = await client.get(DATA_URL)
            response.raise_for_status()
        return response.json()
    except httpx.HTTPStatusError as error:
        raise HTTPException(error.response.status_code, "Error fetching data")
    except httpx.ReadError:
        shut_until = time.monotonic() + 60
        raise HTTPException(500, "Request failed")
    except (httpx.RequestError, ValueError):
        raise HTTPException(500, "Request failed")
