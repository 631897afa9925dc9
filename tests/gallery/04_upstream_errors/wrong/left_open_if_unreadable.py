"""Mistake: the client is left open when the body cannot be read.

Cell: waits, failures
Caught by: test_nothing_is_left_when_the_server_has_stopped
Reads: Perhaps only a failure left it there
"""

from typing import Any

import httpx
from fastapi import FastAPI, HTTPException

DATA_URL = "https://nonexistent-api.com/data"

app = FastAPI()


@app.get("/external-api")
async def external_api() -> Any:
    client = httpx.AsyncClient()
    try:
        response = await client.get(DATA_URL)
        response.raise_for_status()
        data = response.json()
    except httpx.HTTPStatusError as error:
        await client.aclose()
        raise HTTPException(error.response.status_code, "Error fetching data")
    except httpx.RequestError:
        await client.aclose()
        raise HTTPException(500, "Request failed")
    except ValueError:
        raise HTTPException(500, "Request failed")
    await client.aclose()
    return data
