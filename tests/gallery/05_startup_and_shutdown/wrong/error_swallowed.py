"""Mistake: the error of the query is swallowed: a failed request looks well.

Cell: fails, failures
Caught by: test_a_query_that_fails_harms_one_request_only
Reads: A status below 500 says that the server is well
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
    except aiosqlite.Error as error:
        print(f"The query failed: {error}")
        return {"database": 0}
    return {"database": row[0]}
