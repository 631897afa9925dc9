"""Mistake: fetchone is not awaited.

Cell: health, alone
Caught by: test_health_answers_with_the_databases_one
Reads: You built a coroutine and dropped it
"""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import aiosqlite
from fastapi import FastAPI


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncGenerator[None]:
    async with aiosqlite.connect("./test.db") as app.state.database:
        yield


app = FastAPI(lifespan=lifespan)


@app.get("/health")
async def health() -> dict[str, int]:
    cursor = await app.state.database.execute("SELECT 1")
    row = cursor.fetchone()
    return {"database": row[0]}
