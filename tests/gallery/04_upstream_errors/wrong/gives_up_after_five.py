"""Mistake: after five failures the upstream is never asked again.

Caught by: test_the_server_goes_on_after_any_number_of_failures
Reads: The failures left something behind
"""

from typing import Any

import httpx
from fastapi import FastAPI, HTTPException

app = FastAPI()
failures = 0


@app.get("/external-api")
async def external_api() -> Any:
    global failures
    if failures >= 5:
        raise HTTPException(500, detail="Request failed")
    try:
        async with httpx.AsyncClient() as client:
            response = await client.get("https://nonexistent-api.com/data")
        response.raise_for_status()
        return response.json()
    except httpx.HTTPStatusError as error:
        raise HTTPException(error.response.status_code, detail="Error fetching data") from error
    except (httpx.RequestError, ValueError) as error:
        failures += 1
        raise HTTPException(500, detail="Request failed") from error
