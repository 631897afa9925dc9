"""Mistake: NaN and Infinity are refused by their names, and a number that is too large becomes infinite.

Cell: nan, values
Caught by: test_nan_is_never_sent
Reads: which `json()` reads as infinite
"""

import json
from typing import Any

import httpx
from fastapi import FastAPI, HTTPException, Response

DATA_URL = "https://nonexistent-api.com/data"

app = FastAPI()


def no_constant(name: str) -> None:
    raise ValueError(f"{name} is no JSON")


@app.get("/external-api")
async def external_api() -> Any:
    try:
        async with httpx.AsyncClient() as client:
            response = await client.get(DATA_URL)
        response.raise_for_status()
        document = json.loads(response.content, parse_constant=no_constant)
    except httpx.HTTPStatusError as error:
        raise HTTPException(error.response.status_code, "Error fetching data") from error
    except (httpx.RequestError, ValueError) as error:
        raise HTTPException(500, "Request failed") from error
    return Response(json.dumps(document), media_type="application/json")
