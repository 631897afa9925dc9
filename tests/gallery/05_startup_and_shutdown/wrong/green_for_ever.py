"""Mistake: the first good answer is kept, and the database is asked no more.

Cell: slow, again
Caught by: test_health_asks_the_database
Reads: An answer of before is not the database
"""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import aiosqlite
from fastapi import FastAPI

answers: dict[str, int] = {}


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncGenerator[None]:
    async with aiosqlite.connect("./test.db") as app.state.database:
        answers.clear()
        yield


app = FastAPI(lifespan=lifespan)


@app.get("/health")
async def health() -> dict[str, int]:
    if not answers:
        async with app.state.database.execute("SELECT 1") as cursor:
            (answers["database"],) = await cursor.fetchone()
    return answers
