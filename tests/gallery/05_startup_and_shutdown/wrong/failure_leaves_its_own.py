"""Mistake: a failed request opens a second connection for its report, and leaves it open.

Caught by: test_nothing_is_left_when_the_server_has_stopped_after_failures
Reads: Here a failed request left it open
"""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import aiosqlite
from fastapi import FastAPI


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncGenerator[None]:
    app.state.extra = []
    async with aiosqlite.connect("./test.db") as app.state.database:
        await app.state.database.execute_fetchall("SELECT count(*) FROM sqlite_master")
        yield


app = FastAPI(lifespan=lifespan)


@app.get("/health")
async def health() -> dict[str, int]:
    [row] = await app.state.database.execute_fetchall("SELECT 1")
    return {"database": row[0]}
