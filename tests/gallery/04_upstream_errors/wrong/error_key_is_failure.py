"""Mistake: JSON with a key `error` is taken for a failure, though it came with 200.

Cell: good, values
Caught by: test_a_good_answer_comes_back_unchanged
Reads: told by its status
"""

from contextlib import asynccontextmanager
from typing import Any

import httpx
from fastapi import FastAPI, HTTPException, Request

DATA_URL = "https://nonexistent-api.com/data"


@asynccontextmanager
async def lifespan(app: FastAPI):
    async with httpx.AsyncClient() as client:
        yield {"client": client}


app = FastAPI(lifespan=lifespan)


@app.get("/external-api")
async def external_api(request: Request) -> Any:
    try:
        response = await request.state.client.get(DATA_URL)
        response.raise_for_status()
        data = response.json()
        if isinstance(data, dict) and "error" in data:
            raise ValueError("the partner reports an error")
        return data
    except httpx.HTTPStatusError as error:
        raise HTTPException(error.response.status_code, detail="Error fetching data") from error
    except (httpx.RequestError, ValueError) as error:
        raise HTTPException(500, detail="Request failed") from error
