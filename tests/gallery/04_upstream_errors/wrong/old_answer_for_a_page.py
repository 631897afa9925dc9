"""Mistake: when a page comes that is no JSON, the last good answer is given again.

Cell: now, failures
Caught by: test_each_request_answers_with_what_came_now
Reads: What was answered before is old
"""

from typing import Any

import httpx
from fastapi import FastAPI, HTTPException

DATA_URL = "https://nonexistent-api.com/data"

app = FastAPI()
answers: list[Any] = []


@app.get("/external-api")
async def external_api() -> Any:
    try:
        async with httpx.AsyncClient() as client:
            response = await client.get(DATA_URL)
            response.raise_for_status()
        answers[:] = [response.json()]
    except httpx.HTTPStatusError as error:
        raise HTTPException(error.response.status_code, "Error fetching data")
    except httpx.RequestError:
        raise HTTPException(500, "Request failed")
    except ValueError:
        if not answers:
            raise HTTPException(500, "Request failed")
    return answers[0]
