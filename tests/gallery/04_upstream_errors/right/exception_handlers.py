"""The route knows of no failure: handlers of the whole app turn exceptions into answers."""

from typing import Any

import httpx
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse

DATA_URL = "https://nonexistent-api.com/data"

app = FastAPI()


@app.exception_handler(httpx.HTTPStatusError)
async def status_error(_: Request, error: httpx.HTTPStatusError) -> JSONResponse:
    return JSONResponse({"detail": "Error fetching data"}, error.response.status_code)


@app.exception_handler(httpx.RequestError)
@app.exception_handler(ValueError)
async def request_error(_: Request, error: Exception) -> JSONResponse:
    return JSONResponse({"detail": "Request failed"}, 500)


@app.get("/external-api")
async def external_api() -> Any:
    async with httpx.AsyncClient() as client:
        response = (await client.get(DATA_URL)).raise_for_status()
        return response.json()
