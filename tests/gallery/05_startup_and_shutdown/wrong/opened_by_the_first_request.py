"""Mistake: the connection is opened by the first request that needs it.

Cell: open before, alone
Caught by: test_the_database_is_open_before_the_first_request
Reads: Open the connection in the startup
"""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import aiosqlite
from fastapi import FastAPI


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncGenerator[None]:
    app.state.database = None
    try:
        yield
    finally:
        if app.state.database is not None:
            await app.state.database.close()


app = FastAPI(lifespan=lifespan)


async def database() -> aiosqlite.Connection:
    if app.state.database is None:
        app.state.database = await aiosqlite.connect("./test.db")
    return app.state.database


@app.get("/health")
async def health() -> dict[str, int]:
    [row] = await (await database()).execute_fetchall("SELECT 1")
    return {"database": row[0]}
