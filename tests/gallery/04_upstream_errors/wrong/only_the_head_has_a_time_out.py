"""Mistake: the time-out ends with the head: the body may fall silent for ever.

Cell: silent, slow
Caught by: test_a_silent_upstream_is_a_request_error
Reads: A body can fall silent half way
"""

import asyncio
from typing import Any

import httpx
from fastapi import FastAPI, HTTPException

DATA_URL = "https://nonexistent-api.com/data"

app = FastAPI()


@app.get("/external-api")
async def external_api() -> Any:
    try:
        async with httpx.AsyncClient(timeout=None) as client:
            request = client.build_request("GET", DATA_URL)
            async with asyncio.timeout(5):
                response = await client.send(request, stream=True)
            await response.aread()
            response.raise_for_status()
        return response.json()
    except httpx.HTTPStatusError as error:
        raise HTTPException(error.response.status_code, "Error fetching data")
    except (TimeoutError, httpx.RequestError, ValueError):
        raise HTTPException(500, "Request failed")
