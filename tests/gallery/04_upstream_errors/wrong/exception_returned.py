"""Mistake: the HTTPException is returned, not raised.

Cell: status error, alone
Caught by: test_a_4xx_of_the_upstream_keeps_its_status
Reads: An HTTPException is raised, not returned
"""

import httpx
from fastapi import FastAPI, HTTPException

DATA_URL = "https://nonexistent-api.com/data"

app = FastAPI()


@app.get("/external-api")
async def external_api():
    try:
        async with httpx.AsyncClient() as client:
            response = await client.get(DATA_URL)
            response.raise_for_status()
        return response.json()
    except httpx.HTTPStatusError as error:
        return HTTPException(error.response.status_code, "Error fetching data")
    except (httpx.RequestError, ValueError):
        return HTTPException(500, "Request failed")
