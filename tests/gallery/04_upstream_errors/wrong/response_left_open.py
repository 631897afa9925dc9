"""Mistake: a response with a bad status is neither read nor closed, and keeps its connection.

Cell: goes on, again
Caught by: test_the_server_goes_on_after_any_number_of_failures
Reads: keeps its own until it is read to its end
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
        response = await client.send(client.build_request("GET", DATA_URL), stream=True)
        response.raise_for_status()
        await response.aread()
        return response.json()
    except httpx.HTTPStatusError as error:
        raise HTTPException(error.response.status_code, "Error fetching data")
    except (httpx.RequestError, ValueError):
        raise HTTPException(500, "Request failed")
