"""Mistake: the response is kept in app.state, which all requests share.

Cell: now, mixed
Caught by: test_requests_wait_together_for_a_slow_upstream
Reads: All requests share what stands in the module
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
            app.state.response = await client.get(DATA_URL)
        app.state.response.raise_for_status()
        return app.state.response.json()
    except httpx.HTTPStatusError as error:
        raise HTTPException(error.response.status_code, "Error fetching data")
    except (httpx.RequestError, ValueError):
        raise HTTPException(500, "Request failed")
