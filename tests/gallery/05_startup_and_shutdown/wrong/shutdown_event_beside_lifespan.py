"""Mistake: the shutdown is an on_event beside a lifespan, and never runs.

Cell: left, alone
Caught by: test_nothing_is_left_when_the_server_has_stopped
Reads: this shutdown never ran
"""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import aiosqlite
from fastapi import FastAPI


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncGenerator[None]:
    app.state.database = await aiosqlite.connect("./test.db")
    try:
        await app.state.database.execute_fetchall("SELECT 1")
    except BaseException:
        await app.state.database.close()
        raise
    yield


app = FastAPI(lifespan=lifespan)


@app.on_event("shutdown")
async def shutdown() -> None:
    await app.state.database.close()


@app.get("/health")
async def health() -> dict[str, int]:
    [row] = await app.state.database.execute_fetchall("SELECT 1")
    return {"database": row[0]}
