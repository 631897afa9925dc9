"""Mistake: each answer is what the request before has fetched.

Cell: now, again
Caught by: test_a_good_answer_comes_back_unchanged
Reads: That is an answer of before
"""

import asyncio
from typing import Any

import httpx
from fastapi import FastAPI, HTTPException

DATA_URL = "https://nonexistent-api.com/data"

app = FastAPI()
fetched: list[Any] = []


async def fetch() -> Any:
    async with httpx.AsyncClient() as client:
        fetched.append((await client.get(DATA_URL)).raise_for_status().json())


@app.get("/external-api")
async def external_api() -> Any:
    try:
        if not fetched:
            await fetch()
        task = asyncio.create_task(fetch())
        data = fetched.pop(0)
        await task
        return data
    except httpx.HTTPStatusError as error:
        raise HTTPException(error.response.status_code, "Error fetching data")
    except (httpx.RequestError, ValueError):
        raise HTTPException(500, "Request failed")
