"""Mistake: if the upstream breaks off, what has come until then is read all the same.

Cell: request error, failures
Caught by: test_an_answer_that_breaks_off_is_a_request_error
Reads: whatever came before
"""

import contextlib
import json
from typing import Any

import httpx
from fastapi import FastAPI, HTTPException

DATA_URL = "https://nonexistent-api.com/data"

app = FastAPI()


@app.get("/external-api")
async def external_api() -> Any:
    body = b""
    try:
        async with httpx.AsyncClient() as client, client.stream("GET", DATA_URL) as response:
            response.raise_for_status()
            with contextlib.suppress(httpx.ReadError, httpx.RemoteProtocolError):
                async for piece in response.aiter_bytes():
                    body += piece
        return json.loads(body)
    except httpx.HTTPStatusError as error:
        raise HTTPException(error.response.status_code, "Error fetching data") from error
    except (httpx.RequestError, ValueError) as error:
        raise HTTPException(500, "Request failed") from error
