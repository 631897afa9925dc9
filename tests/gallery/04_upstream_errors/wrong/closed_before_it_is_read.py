"""Mistake: the client is closed before the body has been read, and the clause for request errors hides it.

Cell: good, slow
Caught by: test_a_good_answer_comes_back_unchanged
Reads: print what your clause has caught
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
            response = await client.send(client.build_request("GET", DATA_URL), stream=True)
        await response.aread()
        response.raise_for_status()
        return response.json()
    except httpx.HTTPStatusError as error:
        raise HTTPException(error.response.status_code, "Error fetching data")
    except (httpx.RequestError, ValueError):
        raise HTTPException(500, "Request failed")
