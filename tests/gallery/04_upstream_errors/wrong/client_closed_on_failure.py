"""Mistake: after a failure the client of all is closed, and nobody opens another one.

Cell: goes on, failures
Caught by: test_a_silent_upstream_is_a_request_error
Reads: the client has been closed
"""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

import httpx
from fastapi import FastAPI, HTTPException

DATA_URL = "https://nonexistent-api.com/data"


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncGenerator[None]:
    async with httpx.AsyncClient() as client:
        app.state.http = client
        yield


app = FastAPI(lifespan=lifespan)


@app.get("/external-api")
async def external_api() -> Any:
    client: httpx.AsyncClient = app.state.http
    try:
        response = await client.get(DATA_URL)
        response.raise_for_status()
        return response.json()
    except httpx.HTTPStatusError as error:
        raise HTTPException(error.response.status_code, "Error fetching data")
    except (httpx.RequestError, ValueError):
        await client.aclose()
        raise HTTPException(500, "Request failed")
