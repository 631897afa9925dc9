"""Mistake: a whole row is put into the body.

Cell: health, alone
Caught by: test_health_answers_with_the_databases_one
Reads: A row is a tuple
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
async def health():
    cursor = await app.state.database.execute("SELECT 1")
    return {"database": await cursor.fetchone()}
