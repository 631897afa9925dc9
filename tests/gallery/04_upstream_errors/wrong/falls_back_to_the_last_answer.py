"""Mistake: when the upstream cannot be reached, the last good answer is given again.

Cell: now, failures
Caught by: test_every_kind_of_request_error_is_one
Reads: What was answered before is old
"""

from typing import Any

import httpx
from fastapi import FastAPI, HTTPException

app = FastAPI()
answers: list[Any] = []


@app.get("/external-api")
async def external_api() -> Any:
    try:
        async with httpx.AsyncClient() as client:
            response = await client.get("https://nonexistent-api.com/data")
        response.raise_for_status()
        answers[:] = [response.json()]
    except httpx.HTTPStatusError as error:
        raise HTTPException(error.response.status_code, detail="Error fetching data") from error
    except httpx.ConnectError as error:
        if not answers:
            raise HTTPException(500, detail="Request failed") from error
    except (httpx.RequestError, ValueError) as error:
        raise HTTPException(500, detail="Request failed") from error
    return answers[0]
