"""Mistake: JSON is refused if its content type is another one.

Cell: good, values
Caught by: test_json_is_known_by_reading_it_whatever_its_content_type_says
Reads: do not ask its content type
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
        if not response.headers.get("content-type", "").startswith("application/json"):
            raise ValueError("no JSON")
        return response.json()
    except httpx.HTTPStatusError as error:
        raise HTTPException(error.response.status_code, "Error fetching data")
    except (httpx.RequestError, ValueError):
        raise HTTPException(500, "Request failed")
