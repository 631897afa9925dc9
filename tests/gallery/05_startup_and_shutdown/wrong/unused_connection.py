"""Mistake: the startup opens a connection that nobody uses: each request opens its own.

Cell: open before, again
Caught by: test_requests_open_no_further_connection
Reads: Requests borrow the connection
"""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import aiosqlite
from fastapi import FastAPI


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncGenerator[None]:
    async with aiosqlite.connect("./test.db") as app.state.database:
        yield


app = FastAPI(lifespan=lifespan)


@app.get("/health")
async def health() -> dict[str, int]:
    async with aiosqlite.connect("./test.db") as database:
        [row] = await database.execute_fetchall("SELECT 1")
    return {"database": row[0]}
