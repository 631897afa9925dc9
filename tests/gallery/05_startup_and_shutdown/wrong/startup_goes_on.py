"""Mistake: the startup catches the error, and the server starts all the same.

Cell: startup, failures
Caught by: test_a_startup_without_its_database_fails
Reads: Let the error leave the startup
"""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import aiosqlite
from fastapi import FastAPI


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncGenerator[None]:
    app.state.database = None
    try:
        app.state.database = await aiosqlite.connect("./test.db")
    except aiosqlite.Error as error:
        print(f"There is no database: {error}")
    yield
    if app.state.database is not None:
        await app.state.database.close()


app = FastAPI(lifespan=lifespan)


@app.get("/health")
async def health() -> dict[str, int]:
    [row] = await app.state.database.execute_fetchall("SELECT 1")
    return {"database": row[0]}
