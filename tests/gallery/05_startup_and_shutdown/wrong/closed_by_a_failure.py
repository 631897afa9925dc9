"""Mistake: a request that fails closes the connection of all.

Cell: well again, failures
Caught by: test_a_query_that_fails_harms_one_request_only
Reads: Connection closed
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
    try:
        [row] = await app.state.database.execute_fetchall("SELECT 1")
    except aiosqlite.Error:
        await app.state.database.close()
        raise
    return {"database": row[0]}
