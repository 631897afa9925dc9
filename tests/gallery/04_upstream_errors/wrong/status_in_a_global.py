"""Mistake: the status of the last call stands in the module, where another call may change it.

Cell: now, mixed
Caught by: test_requests_wait_together_for_a_slow_upstream
Reads: All requests share what stands in the module
"""

import asyncio
from typing import Any

import httpx
from fastapi import FastAPI, HTTPException

DATA_URL = "https://nonexistent-api.com/data"

app = FastAPI()
status = 200


@app.get("/external-api")
async def external_api() -> Any:
    global status
    try:
        async with httpx.AsyncClient() as client:
            async with client.stream("GET", DATA_URL) as response:
                status = response.status_code
                await response.aread()
        await asyncio.sleep(0)
        if status >= 400:
            raise HTTPException(status, "Error fetching data")
        return response.json()
    except (httpx.RequestError, ValueError):
        raise HTTPException(500, "Request failed")
