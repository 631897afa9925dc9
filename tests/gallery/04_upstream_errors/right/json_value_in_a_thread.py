"""A thread makes the call; pydantic reads the body, and its ValidationError is a ValueError too."""

import asyncio
from typing import Any

import httpx
from fastapi import FastAPI, HTTPException
from pydantic import JsonValue, TypeAdapter, ValidationError

DATA_URL = "https://nonexistent-api.com/data"

app = FastAPI()
reader: TypeAdapter[Any] = TypeAdapter(JsonValue)


def fetch() -> Any:
    with httpx.Client(timeout=httpx.Timeout(3)) as client:
        response = client.get(DATA_URL)
    response.raise_for_status()
    return reader.validate_json(response.content)


@app.get("/external-api")
async def external_api() -> Any:
    try:
        return await asyncio.to_thread(fetch)
    except httpx.HTTPStatusError as error:
        raise HTTPException(error.response.status_code, "Error fetching data") from error
    except (httpx.RequestError, ValidationError) as error:
        raise HTTPException(500, "Request failed") from error
