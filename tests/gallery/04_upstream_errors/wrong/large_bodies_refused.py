"""Mistake: a body of more than a million bytes is refused.

Cell: good, values
Caught by: test_a_good_answer_comes_back_unchanged
Reads: nothing is said of a size
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
            response = await client.get(DATA_URL)
        response.raise_for_status()
        if len(response.content) > 1_000_000:
            raise ValueError("too large")
        return response.json()
    except httpx.HTTPStatusError as error:
        raise HTTPException(error.response.status_code, "Error fetching data")
    except (httpx.RequestError, ValueError):
        raise HTTPException(500, "Request failed")
