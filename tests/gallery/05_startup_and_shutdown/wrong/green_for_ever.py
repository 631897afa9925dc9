"""Mistake: the first good answer is kept, and the database is asked no more.

Cell: fails, failures
Caught by: test_a_query_that_fails_harms_one_request_only
Reads: A status below 500 says that the server is well
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
