"""The response is streamed: a bad status ends it before its body is read."""

import json
from typing import Annotated, Any

import httpx
from fastapi import Depends, FastAPI, HTTPException

DATA_URL = "https://nonexistent-api.com/data"

app = FastAPI()


async def data() -> Any:
    try:
        async with httpx.AsyncClient() as client, client.stream("GET", DATA_URL) as response:
            response.raise_for_status()
            return json.loads(await response.aread())
    except httpx.HTTPStatusError as error:
        raise HTTPException(error.response.status_code, "Error fetching data") from error
    except (httpx.RequestError, ValueError) as error:
        raise HTTPException(500, "Request failed") from error


@app.get("/external-api")
async def external_api(body: Annotated[Any, Depends(data)]) -> Any:
    return body
