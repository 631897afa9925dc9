"""Mistake: a body that is not JSON is passed on as text, with 200.

Cell: no json, alone
Caught by: test_a_200_that_is_not_json_is_a_failed_request
Reads: A 200 can still carry garbage
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
        raise HTTPException(error.response.status_code, "Error fetching data")
    except httpx.RequestError:
        raise HTTPException(500, "Request failed")
    except ValueError:
        return response.text
