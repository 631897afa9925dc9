"""Mistake: who waits gives up after four seconds, and the call waits for ever.

Cell: goes on, failures
Caught by: test_the_server_goes_on_after_any_number_of_failures
Reads: The answers came in time, and the calls still wait
"""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

import httpx
from fastapi import FastAPI, HTTPException

DATA_URL = "https://nonexistent-api.com/data"
calls: set[asyncio.Task[httpx.Response]] = set()


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncGenerator[None]:
    async with httpx.AsyncClient(timeout=None) as app.state.client:
        yield
        for call in calls:
            call.cancel()
        await asyncio.gather(*calls, return_exceptions=True)


app = FastAPI(lifespan=lifespan)


@app.get("/external-api")
async def external_api() -> Any:
    call = asyncio.create_task(app.state.client.get(DATA_URL))
    calls.add(call)
    call.add_done_callback(calls.discard)
    try:
        response = await asyncio.wait_for(asyncio.shield(call), 4)
        response.raise_for_status()
        return response.json()
    except httpx.HTTPStatusError as error:
        raise HTTPException(error.response.status_code, "Error fetching data")
    except (httpx.RequestError, TimeoutError, ValueError):
        raise HTTPException(500, "Request failed")
