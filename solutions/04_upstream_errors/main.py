"""04 · Upstream errors: the reference."""

from typing import Any

import httpx
from fastapi import FastAPI, HTTPException

DATA_URL = "https://nonexistent-api.com/data"

app = FastAPI()


@app.get("/external-api")
async def external_api() -> Any:
    try:
        # httpx waits five seconds for each step by default: to connect, to write, to read. So a
        # silent upstream ends in a time-out, and a time-out is a RequestError too.
        async with httpx.AsyncClient() as client:
            response = await client.get(DATA_URL)
        # An answer is an answer to httpx, whatever its status. Only this call raises on 4xx and 5xx.
        response.raise_for_status()
        return response.json()
    except httpx.HTTPStatusError as error:
        # The details are public. The error's own text holds the address of the upstream, so it is
        # no detail. `from error` keeps the cause for the log.
        status = error.response.status_code
        raise HTTPException(status, detail="Error fetching data") from error
    except (httpx.RequestError, ValueError) as error:
        # RequestError is a sibling of HTTPStatusError, and all that can go wrong on the way is its
        # child. ValueError is what `json()` raises if a 200 carries something else than JSON.
        raise HTTPException(500, detail="Request failed") from error
