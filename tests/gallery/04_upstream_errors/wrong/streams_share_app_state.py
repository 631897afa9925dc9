"""Mistake: a streamed response is kept in app.state, and another takes its place before it is read.

Cell: now, together
Caught by: test_requests_wait_together_for_a_slow_upstream
Reads: Another request, under way beside it
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
            request = client.build_request("GET", DATA_URL)
            app.state.response = await client.send(request, stream=True)
            await app.state.response.aread()
            app.state.response.raise_for_status()
            return app.state.response.json()
    except httpx.HTTPStatusError as error:
        raise HTTPException(error.response.status_code, "Error fetching data")
    except (httpx.RequestError, ValueError):
        raise HTTPException(500, "Request failed")
