"""Mistake: what `json()` has read is written by `json.dumps`, which writes NaN.

Cell: nan, values
Caught by: test_nan_is_never_sent
Reads: which no other JSON reader must
"""

import json
from typing import Any

import httpx
from fastapi import FastAPI, HTTPException, Response

DATA_URL = "https://nonexistent-api.com/data"

app = FastAPI()


@app.get("/external-api")
async def external_api() -> Any:
    try:
        async with httpx.AsyncClient() as client:
            response = await client.get(DATA_URL)
        response.raise_for_status()
        return Response(json.dumps(response.json()), media_type="application/json")
    except httpx.HTTPStatusError as error:
        raise HTTPException(error.response.status_code, "Error fetching data") from error
    except (httpx.RequestError, ValueError) as error:
        raise HTTPException(500, "Request failed") from error
