"""Mistake: the upstream's headers are copied into the response that FastAPI injects.

Cell: headers, alone
Caught by: test_no_header_of_the_upstream_is_copied
Reads: They speak of another answer, by another host
"""

from typing import Any

import httpx
from fastapi import FastAPI, HTTPException, Response

DATA_URL = "https://nonexistent-api.com/data"

app = FastAPI()


@app.get("/external-api")
async def external_api(answer: Response) -> Any:
    try:
        async with httpx.AsyncClient() as client:
            response = await client.get(DATA_URL)
            response.raise_for_status()
        answer.headers.update({k: v for k, v in response.headers.items() if k != "content-length"})
        return response.json()
    except httpx.HTTPStatusError as error:
        raise HTTPException(error.response.status_code, "Error fetching data")
    except (httpx.RequestError, ValueError):
        raise HTTPException(500, "Request failed")
