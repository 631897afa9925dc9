"""Mistake: when its query fails, it is asked again with sqlite3, on the loop.

Cell: off the loop, failures
Caught by: test_a_query_that_fails_harms_one_request_only
Reads: A query of sqlite3 blocks the event loop
"""

import sqlite3
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, closing

import aiosqlite
from fastapi import FastAPI, Request

DATABASE = "./test.db"


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncGenerator[dict[str, aiosqlite.Connection]]:
    async with aiosqlite.connect(DATABASE) as database:
        yield {"database": database}


app = FastAPI(lifespan=lifespan)


@app.get("/health")
async def health(request: Request) -> dict[str, int]:
    try:
        rows = list(await request.state.database.execute_fetchall("SELECT 1"))
    except aiosqlite.Error:
        with closing(sqlite3.connect(DATABASE)) as database:
            rows = database.execute("SELECT 1").fetchall()
    return {"database": rows[0][0]}
