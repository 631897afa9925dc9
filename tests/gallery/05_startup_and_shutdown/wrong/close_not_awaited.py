"""Mistake: close is not awaited.

Cell: shutdown, alone
Caught by: test_nothing_is_left_when_the_server_has_stopped
Reads: You built a coroutine and dropped it
"""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import aiosqlite
from fastapi import FastAPI


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncGenerator[None]:
    app.state.database = await aiosqlite.connect("./test.db")
    try:
        await app.state.database.execute("PRAGMA journal_mode = WAL")
        yield
    finally:
        app.state.database.close()


app = FastAPI(lifespan=lifespan)


@app.get("/health")
async def health() -> dict[str, int]:
    [row] = await app.state.database.execute_fetchall("SELECT 1")
    return {"database": row[0]}
