"""The status is looked at, nothing raises for it; JSON responses are returned, not raised."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import httpx
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse

DATA_URL = "https://nonexistent-api.com/data"


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncGenerator[None]:
    async with httpx.AsyncClient(timeout=3) as app.state.http:
        yield


app = FastAPI(lifespan=lifespan)


def failed() -> JSONResponse:
    return JSONResponse({"detail": "Request failed"}, status_code=500)


@app.get("/external-api")
async def external_api(request: Request) -> JSONResponse:
    try:
        response = await request.app.state.http.get(DATA_URL)
    except httpx.RequestError:
        return failed()
    if response.is_error:
        return JSONResponse({"detail": "Error fetching data"}, response.status_code)
    try:
        return JSONResponse(response.json())
    except ValueError:
        return failed()
