"""Mistake: requests that come together share one call of the upstream.

Cell: now, together
Caught by: test_requests_wait_together_for_a_slow_upstream
Reads: Each request makes a call of its own
"""

import asyncio
from typing import Any

import httpx
from fastapi import FastAPI, HTTPException

DATA_URL = "https://nonexistent-api.com/data"

app = FastAPI()
running: asyncio.Task[Any] | None = None


async def fetch() -> Any:
    async with httpx.AsyncClient() as client:
        response = await client.get(DATA_URL)
        response.raise_for_status()
    return response.json()


@app.get("/external-api")
async def external_api() -> Any:
    global running
    if running is None or running.done():
        running = asyncio.create_task(fetch())
    try:
        return await asyncio.shield(running)
    except httpx.HTTPStatusError as error:
        raise HTTPException(error.response.status_code, "Error fetching data")
    except (httpx.RequestError, ValueError):
        raise HTTPException(500, "Request failed")
