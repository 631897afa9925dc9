"""Mistake: a streamed response is closed only if its status was good, and ten connections are all there are.

Cell: status error, values
Caught by: test_a_4xx_of_the_upstream_keeps_its_status
Reads: After calls one by one 10 connections are open
"""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

import httpx
from fastapi import FastAPI, HTTPException, Request

DATA_URL = "https://nonexistent-api.com/data"


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncGenerator[None]:
    async with httpx.AsyncClient(limits=httpx.Limits(max_connections=10)) as client:
        app.state.client = client
        yield


app = FastAPI(lifespan=lifespan)


@app.get("/external-api")
async def external_api(request: Request) -> Any:
    client: httpx.AsyncClient = request.app.state.client
    try:
        response = await client.send(client.build_request("GET", DATA_URL), stream=True)
        response.raise_for_status()
        try:
            await response.aread()
        finally:
            await response.aclose()
        return response.json()
    except httpx.HTTPStatusError as error:
        raise HTTPException(error.response.status_code, detail="Error fetching data") from error
    except (httpx.RequestError, ValueError, RecursionError) as error:
        raise HTTPException(500, detail="Request failed") from error
