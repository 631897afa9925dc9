"""A dependency opens the client and maps what goes wrong; wait_for bounds the whole call."""

import asyncio
from collections.abc import AsyncGenerator
from typing import Annotated, Any

import httpx
from fastapi import Depends, FastAPI, HTTPException

DATA_URL = "https://nonexistent-api.com/data"

app = FastAPI()


async def client() -> AsyncGenerator[httpx.AsyncClient]:
    async with httpx.AsyncClient(timeout=None) as opened:
        try:
            yield opened
        except httpx.HTTPStatusError as error:
            raise HTTPException(error.response.status_code, "Error fetching data") from error
        except (TimeoutError, httpx.HTTPError, ValueError) as error:
            raise HTTPException(500, "Request failed") from error


@app.get("/external-api")
async def external_api(http: Annotated[httpx.AsyncClient, Depends(client)]) -> Any:
    response = await asyncio.wait_for(http.get(DATA_URL), timeout=8)
    return response.raise_for_status().json()
