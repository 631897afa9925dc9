"""Mistake: a permit is not given back after a request error.

Cell: goes on, again
Caught by: test_every_kind_of_request_error_is_one
Reads: acquire() A deadlock
"""

import asyncio
from typing import Any

import httpx
from fastapi import FastAPI, HTTPException

DATA_URL = "https://nonexistent-api.com/data"

app = FastAPI()
permits = asyncio.Semaphore(20)


@app.get("/external-api")
async def external_api() -> Any:
    try:
        async with httpx.AsyncClient() as client:
            await permits.acquire()
            response = await client.get(DATA_URL)
            permits.release()
        response.raise_for_status()
        return response.json()
    except httpx.HTTPStatusError as error:
        raise HTTPException(error.response.status_code, "Error fetching data")
    except (httpx.RequestError, ValueError):
        raise HTTPException(500, "Request failed")
