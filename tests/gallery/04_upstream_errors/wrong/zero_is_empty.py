"""Mistake: a mean of 0.0 is taken for a missing one and answered as null.

Cell: good, values
Caught by: test_a_good_answer_comes_back_unchanged
Reads: Any JSON is passed on as it is
"""

from typing import Any

import httpx
from fastapi import FastAPI, HTTPException

DATA_URL = "https://nonexistent-api.com/data"

app = FastAPI()


def tidy(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: tidy(each) for key, each in value.items()}
    if isinstance(value, list):
        return [tidy(each) for each in value]
    return None if isinstance(value, float) and not value else value


@app.get("/external-api")
async def external_api() -> Any:
    try:
        async with httpx.AsyncClient() as client:
            response = await client.get(DATA_URL)
        response.raise_for_status()
        return tidy(response.json())
    except httpx.HTTPStatusError as error:
        raise HTTPException(error.response.status_code, "Error fetching data")
    except (httpx.RequestError, ValueError):
        raise HTTPException(500, "Request failed")
