"""Mistake: fields that are null are left out.

Cell: good, values
Caught by: test_a_good_answer_comes_back_unchanged
Reads: Any JSON is passed on as it is
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
        data = response.json()
        rows = data if isinstance(data, list) else []
        for row in (each for each in rows if isinstance(each, dict)):
            for field in [field for field, value in row.items() if value is None]:
                del row[field]
        return data
    except httpx.HTTPStatusError as error:
        raise HTTPException(error.response.status_code, "Error fetching data") from error
    except (httpx.RequestError, ValueError) as error:
        raise HTTPException(500, "Request failed") from error
