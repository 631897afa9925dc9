"""Mistake: a query that fails because the file is locked is answered with 423.

Cell: fails, failures
Caught by: test_a_query_that_fails_harms_one_request_only
Reads: A status below 500 says that the server is well
"""

import sqlite3
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import aiosqlite
from fastapi import FastAPI, HTTPException, Request, status

DATABASE = "./test.db"


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncGenerator[dict[str, aiosqlite.Connection]]:
    async with aiosqlite.connect(DATABASE) as database:
        yield {"database": database}


app = FastAPI(lifespan=lifespan)


@app.get("/health")
async def health(request: Request) -> dict[str, int]:
    try:
        async with request.state.database.execute("SELECT 1") as cursor:
            row = await cursor.fetchone()
    except sqlite3.OperationalError as error:
        if "locked" in str(error):
            raise HTTPException(status.HTTP_423_LOCKED, "the database is locked") from error
        raise HTTPException(status.HTTP_503_SERVICE_UNAVAILABLE, "the database fails") from error
    return {"database": row[0]}
