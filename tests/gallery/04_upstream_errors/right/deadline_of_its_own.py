"""A deadline for the whole call, beside httpx's time-outs for each step."""

import asyncio
from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager, contextmanager
from typing import Any

import httpx
from fastapi import FastAPI, HTTPException

DATA_URL = "https://nonexistent-api.com/data"

http = httpx.AsyncClient()


@asynccontextmanager
async def lifespan(_: FastAPI) -> AsyncGenerator[None]:
    try:
        yield
    finally:
        await http.aclose()


app = FastAPI(lifespan=lifespan)


@contextmanager
def mapped() -> Generator[None]:
    try:
        yield
    except httpx.HTTPStatusError as error:
        raise HTTPException(error.response.status_code, "Error fetching data") from error
    except (TimeoutError, httpx.RequestError, ValueError) as error:
        raise HTTPException(500, "Request failed") from error


@app.get("/external-api")
async def external_api() -> Any:
    with mapped():
        async with asyncio.timeout(3):
            response = await http.get(DATA_URL)
        response.raise_for_status()
        return response.json()
