"""Mistake: a flag of the module remembers that the connection was closed, and the next shutdown does nothing.

Cell: left, restart
Caught by: test_nothing_is_left_when_the_server_has_stopped
Reads: Here the second shutdown of the same app
"""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import aiosqlite
from fastapi import FastAPI

closed = False


async def close_once(database: aiosqlite.Connection) -> None:
    global closed
    if not closed:
        closed = True
        await database.close()


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncGenerator[None]:
    app.state.database = await aiosqlite.connect("./test.db")
    try:
        yield
    finally:
        await close_once(app.state.database)


app = FastAPI(lifespan=lifespan)


@app.get("/health")
async def health() -> dict[str, int]:
    [row] = await app.state.database.execute_fetchall("SELECT 1")
    return {"database": row[0]}
