"""Mistake: a loop keeps the startup busy: yield is never reached.

Cell: health, alone
Caught by: test_health_answers_with_the_databases_one
Reads: never comes
"""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import aiosqlite
from fastapi import FastAPI


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncGenerator[None]:
    async with aiosqlite.connect("./test.db") as app.state.database:
        while True:
            await app.state.database.execute("PRAGMA journal_mode = WAL")
            await asyncio.sleep(60)
        yield


app = FastAPI(lifespan=lifespan)


@app.get("/health")
async def health() -> dict[str, int]:
    [row] = await app.state.database.execute_fetchall("SELECT 1")
    return {"database": row[0]}
