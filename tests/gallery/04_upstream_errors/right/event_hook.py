"""The client raises on a bad status by itself: an event hook of httpx does it."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any, TypedDict

import httpx
from fastapi import FastAPI, HTTPException, Request

DATA_URL = "https://nonexistent-api.com/data"


async def raise_on_error(response: httpx.Response) -> None:
    response.raise_for_status()


class State(TypedDict):
    http: httpx.AsyncClient


@asynccontextmanager
async def lifespan(_: FastAPI) -> AsyncGenerator[State]:
    hooks = {"response": [raise_on_error]}
    async with httpx.AsyncClient(event_hooks=hooks) as client:
        yield {"http": client}


app = FastAPI(lifespan=lifespan)


@app.get("/external-api")
async def external_api(request: Request) -> Any:
    http: httpx.AsyncClient = request.state.http
    try:
        return (await http.get(DATA_URL)).json()
    except httpx.HTTPError as error:
        if isinstance(error, httpx.HTTPStatusError):
            raise HTTPException(error.response.status_code, "Error fetching data") from error
        raise HTTPException(500, "Request failed") from error
    except ValueError as error:
        raise HTTPException(500, "Request failed") from error
