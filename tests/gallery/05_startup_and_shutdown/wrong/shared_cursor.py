"""Mistake: all requests share one cursor: the next query takes the row of the one before.

Cell: five, together
Caught by: test_requests_at_the_same_time_are_all_answered
Reads: 'NoneType' object is not subscriptable
"""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import aiosqlite
from fastapi import FastAPI


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncGenerator[None]:
    async with aiosqlite.connect("./test.db") as database:
        async with database.cursor() as app.state.cursor:
            yield


app = FastAPI(lifespan=lifespan)


@app.get("/health")
async def health() -> dict[str, int]:
    await app.state.cursor.execute("SELECT 1")
    row = await app.state.cursor.fetchone()
    return {"database": row[0]}
