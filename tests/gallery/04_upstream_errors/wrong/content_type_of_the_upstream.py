"""Mistake: the body goes out under the content type that it came with.

Cell: headers, values
Caught by: test_no_header_of_the_upstream_is_copied
Reads: They speak of another answer, by another host
"""

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
        response.json()
        kind = response.headers.get("content-type", "application/json")
        return Response(response.content, headers={"content-type": kind})
    except httpx.HTTPStatusError as error:
        raise HTTPException(error.response.status_code, "Error fetching data")
    except (httpx.RequestError, ValueError):
        raise HTTPException(500, "Request failed")
