"""Mistake: the detail is the exception's own text, with the address of the upstream.

Cell: status error, alone
Caught by: test_a_status_error_has_its_own_words_and_no_others
Reads: The detail is public
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
        return response.json()
    except httpx.HTTPStatusError as error:
        raise HTTPException(error.response.status_code, str(error))
    except (httpx.RequestError, ValueError):
        raise HTTPException(500, "Request failed")
