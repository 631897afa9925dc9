"""Mistake: after five failed queries the database is given up for good.

Cell: well again, again
Caught by: test_a_query_that_fails_harms_one_request_only
Reads: A failed request changes nothing for the next one
"""

import sqlite3
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import aiosqlite
from fastapi import FastAPI, HTTPException


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncGenerator[None]:
    async with aiosqlite.connect("./test.db") as app.state.database:
        yield


app = FastAPI(lifespan=lifespan)
failures: list[sqlite3.Error] = []


@app.get("/health")
async def health() -> dict[str, int]:
    if len(failures) >= 5:
        raise HTTPException(503, "the database is gone")
    try:
        [row] = await app.state.database.execute_fetchall("SELECT 1")
    except sqlite3.Error as error:
        failures.append(error)
        raise
    return {"database": row[0]}
