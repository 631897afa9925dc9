"""A call that fails is tried again after a pause; short time-outs leave room for that."""

import asyncio
from typing import Any

import httpx
from fastapi import FastAPI, HTTPException

DATA_URL = "https://nonexistent-api.com/data"
PAUSES = (0.1, 0.2)

app = FastAPI()


async def called(client: httpx.AsyncClient) -> httpx.Response:
    for pause in PAUSES:
        try:
            response = await client.get(DATA_URL)
        except httpx.RequestError:
            pass
        else:
            if response.status_code not in (429, 502, 503, 504):
                return response
        await asyncio.sleep(pause)
    return await client.get(DATA_URL)


@app.get("/external-api")
async def external_api() -> Any:
    try:
        async with httpx.AsyncClient(timeout=3) as client:
            response = await called(client)
        response.raise_for_status()
        return response.json()
    except httpx.HTTPStatusError as error:
        raise HTTPException(error.response.status_code, "Error fetching data") from error
    except (httpx.RequestError, ValueError) as error:
        raise HTTPException(500, "Request failed") from error
