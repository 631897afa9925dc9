"""A def route with the synchronous httpx.get: the same families, in a worker thread."""

from typing import Any

import httpx
from fastapi import FastAPI, HTTPException

DATA_URL = "https://nonexistent-api.com/data"

app = FastAPI()


@app.get("/external-api")
def external_api() -> Any:
    try:
        return httpx.get(DATA_URL).raise_for_status().json()
    except httpx.HTTPStatusError as error:
        raise HTTPException(error.response.status_code, "Error fetching data") from None
    except (httpx.RequestError, ValueError):
        raise HTTPException(500, "Request failed") from None
