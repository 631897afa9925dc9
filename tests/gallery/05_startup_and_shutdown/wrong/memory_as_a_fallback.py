"""Mistake: if the file cannot be opened, a database in memory stands in for it.

Cell: startup, failures
Caught by: test_a_startup_without_its_database_fails
Reads: No other database stands in
"""

import sqlite3
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import aiosqlite
from fastapi import FastAPI


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncGenerator[None]:
    try:
        app.state.database = await aiosqlite.connect("./test.db")
    except sqlite3.OperationalError:
        app.state.database = await aiosqlite.connect(":memory:")
    yield
    await app.state.database.close()


app = FastAPI(lifespan=lifespan)


@app.get("/health")
async def health() -> dict[str, int]:
    [row] = await app.state.database.execute_fetchall("SELECT 1")
    return {"database": row[0]}
