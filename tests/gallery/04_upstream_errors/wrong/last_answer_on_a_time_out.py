"""Mistake: when time runs out, the last good answer is given again.

Cell: now, failures
Caught by: test_every_kind_of_request_error_is_one
Reads: What was answered before is old
"""

from typing import Any

import httpx
from fastapi import FastAPI, HTTPException

DATA_URL = "https://nonexistent-api.com/data"

app = FastAPI()
answers: list[Any] = []


@app.get("/external-api")
async def external_api() -> Any:
    try:
        async with httpx.AsyncClient() as client:
            response = await client.get(DATA_URL)
        response.raise_for_status()
        answers[:] = [response.json()]
    except httpx.HTTPStatusError as error:
        raise HTTPException(error.response.status_code, "Error fetching data")
    except httpx.TimeoutException:
        if not answers:
            raise HTTPException(500, "Request failed")
    except (httpx.RequestError, ValueError):
        raise HTTPException(500, "Request failed")
    return answers[0]
