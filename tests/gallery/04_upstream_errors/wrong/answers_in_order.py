"""Mistake: no answer leaves before those of all requests that came earlier.

Cell: waits, moments
Caught by: test_each_request_gets_what_its_own_call_brought
Reads: The calls stood in a queue
"""

import asyncio
from typing import Any

import httpx
from fastapi import FastAPI, HTTPException

DATA_URL = "https://nonexistent-api.com/data"

app = FastAPI()
last: asyncio.Future[None] | None = None


async def data() -> Any:
    try:
        async with httpx.AsyncClient() as client:
            response = await client.get(DATA_URL)
            response.raise_for_status()
        return response.json()
    except httpx.HTTPStatusError as error:
        raise HTTPException(error.response.status_code, "Error fetching data")
    except (httpx.RequestError, ValueError):
        raise HTTPException(500, "Request failed")


@app.get("/external-api")
async def external_api() -> Any:
    global last
    before, mine = last, asyncio.get_running_loop().create_future()
    last = mine
    try:
        return await data()
    finally:
        if before is not None:
            await before
        mine.set_result(None)
