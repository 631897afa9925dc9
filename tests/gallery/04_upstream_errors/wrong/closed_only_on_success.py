"""Mistake: the client is closed at the end of the try, which a bad status never reaches.

Cell: waits, failures
Caught by: test_nothing_is_left_when_the_server_has_stopped
Reads: Perhaps only a failure left it there
"""

from typing import Any

import httpx
from fastapi import FastAPI, HTTPException

DATA_URL = "https://nonexistent-api.com/data"

app = FastAPI()


@app.get("/external-api")
async def external_api() -> Any:
    try:
        client = httpx.AsyncClient()
        response = await client.get(DATA_URL)
        response.raise_for_status()
        await client.aclose()
        return response.json()
    except httpx.HTTPStatusError as error:
        raise HTTPException(error.response.status_code, "Error fetching data")
    except (httpx.RequestError, ValueError):
        raise HTTPException(500, "Request failed")
