"""Mistake: a startup that cannot read the file deletes it.

Cell: restart, failures
Caught by: test_nothing_is_left_after_a_startup_that_failed_half_way
Reads: A startup that cannot read the file says so
"""

import sqlite3
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

import aiosqlite
from fastapi import FastAPI, Request

DATABASE = "./test.db"


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncGenerator[dict[str, aiosqlite.Connection]]:
    async with aiosqlite.connect(DATABASE) as database:
        try:
            await database.execute_fetchall("SELECT count(*) FROM sqlite_master")
        except sqlite3.DatabaseError:
            Path(DATABASE).unlink(missing_ok=True)  # unusable: the next start makes a new one
            raise
        yield {"database": database}


app = FastAPI(lifespan=lifespan)


@app.get("/health")
async def health(request: Request) -> dict[str, int]:
    async with request.state.database.execute("SELECT 1") as cursor:
        row = await cursor.fetchone()
    return {"database": row[0]}
