"""Mistake: a time-out closes the client of all, and what follows is called a failure too.

Cell: goes on, failures
Caught by: test_each_request_answers_with_what_came_now
Reads: It left something behind
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
    except httpx.TimeoutException:
        await client.aclose()
        raise HTTPException(500, "Request failed")
    except (httpx.RequestError, RuntimeError, ValueError):
        raise HTTPException(500, "Request failed")
