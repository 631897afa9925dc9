"""Mistake: each request opens a memory database, and each of those is new and empty.

Cell: table, alone
Caught by: test_a_new_database_has_no_users
Reads: The handler raised OperationalError: no such table: users
"""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import aiosqlite
from fastapi import FastAPI


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncGenerator[None]:
    async with aiosqlite.connect(":memory:") as db:
        db.row_factory = aiosqlite.Row
        await db.execute(
            "CREATE TABLE IF NOT EXISTS users (id INTEGER PRIMARY KEY, name TEXT NOT NULL)"
        )
        await db.commit()
        yield


app = FastAPI(lifespan=lifespan)


@app.get("/users")
async def users() -> list[dict[str, int | str]]:
    async with aiosqlite.connect(":memory:") as db:
        db.row_factory = aiosqlite.Row
        rows = await db.execute_fetchall("SELECT id, name FROM users ORDER BY id")
        return [dict(row) for row in rows]


@app.get("/ping")
async def ping() -> dict[str, str]:
    return {"ping": "pong"}
