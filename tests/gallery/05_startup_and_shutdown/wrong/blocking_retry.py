"""Mistake: a query that failed is tried again after time.sleep.

Cell: off the loop, failures
Caught by: test_a_query_that_fails_harms_one_request_only
Reads: time.sleep blocks the event loop
"""

import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import aiosqlite
from fastapi import FastAPI, HTTPException


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncGenerator[None]:
    async with aiosqlite.connect("./test.db") as app.state.database:
        yield


app = FastAPI(lifespan=lifespan)


@app.get("/health")
async def health() -> dict[str, int]:
    for _ in range(3):
        try:
            [row] = await app.state.database.execute_fetchall("SELECT 1")
        except aiosqlite.Error:
            time.sleep(0.2)
        else:
            return {"database": row[0]}
    raise HTTPException(503)
