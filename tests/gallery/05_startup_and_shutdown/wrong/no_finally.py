"""Mistake: the connection is closed below yield, without finally: a startup that fails never gets there.

Cell: left, failures
Caught by: test_nothing_is_left_after_a_startup_that_failed_half_way
Reads: Here the startup raised half way
"""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import aiosqlite
from fastapi import FastAPI


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncGenerator[None]:
    app.state.database = await aiosqlite.connect("./test.db")
    await app.state.database.execute("PRAGMA journal_mode = WAL")
    yield
    await app.state.database.close()


app = FastAPI(lifespan=lifespan)


@app.get("/health")
async def health() -> dict[str, int]:
    [row] = await app.state.database.execute_fetchall("SELECT 1")
    return {"database": row[0]}
