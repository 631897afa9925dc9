"""Mistake: the client is left open if the upstream answers 404.

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
    client = httpx.AsyncClient()
    try:
        response = await client.get(DATA_URL)
        if response.status_code == 404:
            raise HTTPException(404, "Error fetching data")
        await client.aclose()
        response.raise_for_status()
        return response.json()
    except httpx.HTTPStatusError as error:
        raise HTTPException(error.response.status_code, "Error fetching data")
    except (httpx.RequestError, ValueError):
        await client.aclose()
        raise HTTPException(500, "Request failed")
