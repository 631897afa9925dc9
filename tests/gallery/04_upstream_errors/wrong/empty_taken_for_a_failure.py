"""Mistake: an empty object is taken for a failure.

Cell: good, values
Caught by: test_a_good_answer_comes_back_unchanged
Reads: Python takes an empty object for false
"""

from typing import Any

import httpx
from fastapi import FastAPI, HTTPException

DATA_URL = "https://nonexistent-api.com/data"

app = FastAPI()


@app.get("/external-api")
async def external_api() -> Any:
    data: Any = None
    try:
        async with httpx.AsyncClient() as client:
            response = await client.get(DATA_URL)
            response.raise_for_status()
        data = response.json()
    except httpx.HTTPStatusError as error:
        raise HTTPException(error.response.status_code, "Error fetching data")
    except (httpx.RequestError, ValueError):
        pass
    if not data:
        raise HTTPException(500, "Request failed")
    return data
