"""Mistake: httpx2 makes the call, and the clause for request errors hides that nobody answers it.

Cell: waits, alone
Caught by: test_a_good_answer_comes_back_unchanged
Reads: another library than `httpx`
"""

from typing import Any

import httpx2
from fastapi import FastAPI, HTTPException

DATA_URL = "https://nonexistent-api.com/data"

app = FastAPI()


@app.get("/external-api")
async def external_api() -> Any:
    try:
        async with httpx2.AsyncClient() as client:
            response = await client.get(DATA_URL)
            response.raise_for_status()
        return response.json()
    except httpx2.HTTPStatusError as error:
        raise HTTPException(error.response.status_code, "Error fetching data")
    except (httpx2.RequestError, ValueError):
        raise HTTPException(500, "Request failed")
