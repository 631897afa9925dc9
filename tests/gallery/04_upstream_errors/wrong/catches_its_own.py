"""Mistake: except Exception catches the HTTPException that was raised inside the try.

Cell: status error, alone
Caught by: test_a_4xx_of_the_upstream_keeps_its_status
Reads: The status was lost on the way
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
        if response.is_error:
            raise HTTPException(response.status_code, "Error fetching data")
        return response.json()
    except Exception:
        raise HTTPException(500, "Request failed")
