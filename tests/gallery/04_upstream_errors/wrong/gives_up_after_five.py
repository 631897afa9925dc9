"""Mistake: after five failures the upstream is never asked again.

Cell: goes on, again
Caught by: test_each_request_answers_with_what_came_now
Reads: It left something behind
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
