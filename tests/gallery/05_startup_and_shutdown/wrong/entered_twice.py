"""Mistake: connect is awaited, and then entered again.

Cell: health, alone
Caught by: test_health_answers_with_the_databases_one
Reads: threads can only be started once
"""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import aiosqlite
from fastapi import FastAPI


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncGenerator[None]:
    database = await aiosqlite.connect("./test.db")
    async with database as app.state.database:
        yield


app = FastAPI(lifespan=lifespan)


@app.get("/health")
async def health() -> dict[str, int]:
    [row] = await app.state.database.execute_fetchall("SELECT 1")
    return {"database": row[0]}
