"""Mistake: a lock is held during the call.

Cell: waits, together
Caught by: test_requests_wait_together_for_a_slow_upstream
Reads: The calls stood in a queue
"""

import asyncio
from typing import Any

import httpx
from fastapi import FastAPI, HTTPException

DATA_URL = "https://nonexistent-api.com/data"

app = FastAPI()
turn = asyncio.Lock()


@app.get("/external-api")
async def external_api() -> Any:
    try:
        async with turn, httpx.AsyncClient() as client:
            response = await client.get(DATA_URL)
            response.raise_for_status()
        return response.json()
    except httpx.HTTPStatusError as error:
        raise HTTPException(error.response.status_code, "Error fetching data")
    except (httpx.RequestError, ValueError):
        raise HTTPException(500, "Request failed")
