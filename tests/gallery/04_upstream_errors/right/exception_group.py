"""A task group makes the call, and `except*` sorts what comes out of it."""

import asyncio
from typing import Any

import httpx
from fastapi import FastAPI, HTTPException

app = FastAPI()


async def fetch() -> Any:
    async with httpx.AsyncClient() as client:
        response = await client.get("https://nonexistent-api.com/data")
    response.raise_for_status()
    return response.json()


@app.get("/external-api")
async def external_api() -> Any:
    try:
        async with asyncio.TaskGroup() as group:
            data = group.create_task(fetch())
    except* httpx.HTTPStatusError as errors:
        [error] = errors.exceptions
        assert isinstance(error, httpx.HTTPStatusError)
        failure = HTTPException(error.response.status_code, detail="Error fetching data")
    except* (httpx.RequestError, ValueError):
        failure = HTTPException(500, detail="Request failed")
    else:
        return data.result()
    raise failure
