"""Mistake: each startup writes its own version over the one that others gave to the file.

Cell: restart, outside
Caught by: test_the_server_can_be_started_again
Reads: The version of the file belongs to who wrote it
"""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import aiosqlite
from fastapi import FastAPI, Request

DATABASE = "./test.db"
SCHEMA_VERSION = 1


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncGenerator[dict[str, aiosqlite.Connection]]:
    async with aiosqlite.connect(DATABASE) as database:
        await database.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
        await database.commit()
        yield {"database": database}


app = FastAPI(lifespan=lifespan)


@app.get("/health")
async def health(request: Request) -> dict[str, int]:
    async with request.state.database.execute("SELECT 1") as cursor:
        row = await cursor.fetchone()
    return {"database": row[0]}
