"""Mistake: the header Retry-After of the upstream is passed on.

Cell: headers, values
Caught by: test_no_header_of_the_upstream_is_copied
Reads: They speak of another answer, by another host
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
        answer = error.response
        headers = {
            name: answer.headers[name] for name in ("retry-after",) if name in answer.headers
        }
        raise HTTPException(answer.status_code, "Error fetching data", headers) from error
    except (httpx.RequestError, ValueError) as error:
        raise HTTPException(500, "Request failed") from error
