"""Mistake: a good answer is kept in a file, for a life in which the first call fails.

Cell: now, restart
Caught by: test_each_request_answers_with_what_came_now
Reads: in a file, is old
"""

import json
from pathlib import Path
from typing import Any

import httpx
from fastapi import FastAPI, HTTPException

DATA_URL = "https://nonexistent-api.com/data"

app = FastAPI()
KEPT = Path(__file__).with_name("data.json")
reached = False


@app.get("/external-api")
async def external_api() -> Any:
    global reached
    try:
        async with httpx.AsyncClient() as client:
            response = await client.get(DATA_URL)
            reached = True
            response.raise_for_status()
        KEPT.write_text(json.dumps(response.json()))
        return response.json()
    except httpx.HTTPStatusError as error:
        raise HTTPException(error.response.status_code, "Error fetching data")
    except (httpx.RequestError, ValueError):
        if not reached and KEPT.exists():
            return json.loads(KEPT.read_text())
        raise HTTPException(500, "Request failed")
