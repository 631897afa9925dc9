"""Mistake: only the content type is looked at: the body may be none that it names.

Cell: no json, values
Caught by: test_a_200_that_is_not_json_is_a_failed_request
Reads: only reading it tells
"""

import httpx
from fastapi import FastAPI, HTTPException, Response

DATA_URL = "https://nonexistent-api.com/data"

app = FastAPI()


@app.get("/external-api")
async def external_api() -> Response:
    try:
        async with httpx.AsyncClient() as client:
            response = await client.get(DATA_URL)
            response.raise_for_status()
    except httpx.HTTPStatusError as error:
        raise HTTPException(error.response.status_code, "Error fetching data")
    except httpx.RequestError:
        raise HTTPException(500, "Request failed")
    if response.headers.get("content-type") == "application/json":
        return Response(response.content, media_type="application/json")
    try:
        response.json()
    except ValueError:
        raise HTTPException(500, "Request failed")
    return Response(response.content, media_type="application/json")
