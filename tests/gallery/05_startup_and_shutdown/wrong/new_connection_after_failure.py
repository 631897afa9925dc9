"""Mistake: after a failure a new connection is opened, and the one before is never closed.

Cell: left, again
Caught by: test_nothing_is_left_when_the_server_has_stopped_after_failures
Reads: Here requests had failed before the shutdown
"""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import aiosqlite
from fastapi import FastAPI


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncGenerator[None]:
    app.state.database = await aiosqlite.connect("./test.db")
    app.state.before = []
    try:
        yield
    finally:
        await app.state.database.close()


app = FastAPI(lifespan=lifespan)


@app.get("/health")
async def health() -> dict[str, int]:
    try:
        [row] = await app.state.database.execute_fetchall("SELECT 1")
    except aiosqlite.Error:
        app.state.before.append(app.state.database)
        app.state.database = await aiosqlite.connect("./test.db")
        raise
    return {"database": row[0]}
