"""Mistake: a 503 goes out with the headers of the upstream, for the one that says when to try again.

Cell: headers, failures
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
        status, headers = error.response.status_code, dict(error.response.headers)
        for name in ("content-length", "content-type"):
            headers.pop(name, None)
        raise HTTPException(status, "Error fetching data", headers if status == 503 else None)
    except (httpx.RequestError, ValueError):
        raise HTTPException(500, "Request failed")
