"""Mistake: the text is read as the charset of its content type says, which is not true.

Cell: good, values
Caught by: test_json_is_known_by_reading_it_whatever_its_content_type_says
Reads: which follows that charset
"""

import json
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
        return json.loads(response.text)
    except httpx.HTTPStatusError as error:
        raise HTTPException(error.response.status_code, "Error fetching data") from error
    except (httpx.RequestError, ValueError) as error:
        raise HTTPException(500, "Request failed") from error
