"""Mistake: the upstream's own detail is passed on, if it has one.

Cell: status error, values
Caught by: test_a_status_error_has_its_own_words_and_no_others
Reads: The detail is public
"""

from typing import Any

import httpx
from fastapi import FastAPI, HTTPException

DATA_URL = "https://nonexistent-api.com/data"

app = FastAPI()


def detail_of(response: httpx.Response) -> Any:
    try:
        return response.json()["detail"]
    except (ValueError, KeyError, TypeError):
        return "Error fetching data"


@app.get("/external-api")
async def external_api() -> Any:
    try:
        async with httpx.AsyncClient() as client:
            response = await client.get(DATA_URL)
            response.raise_for_status()
        return response.json()
    except httpx.HTTPStatusError as error:
        raise HTTPException(error.response.status_code, detail_of(error.response))
    except (httpx.RequestError, ValueError):
        raise HTTPException(500, "Request failed")
