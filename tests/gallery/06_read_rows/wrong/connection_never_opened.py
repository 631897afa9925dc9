"""Mistake: `connect` is not awaited, so the connection is never opened.

Cell: table, alone
Caught by: test_a_new_database_has_no_users
Reads: This connection was never opened
"""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import aiosqlite
from fastapi import FastAPI, Request


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncGenerator[None]:
    db = aiosqlite.connect("./test.db")
    await db.execute(
        "CREATE TABLE IF NOT EXISTS users (id INTEGER PRIMARY KEY, name TEXT NOT NULL)"
    )
    await db.commit()
    app.state.db = db
    yield
    await db.close()


app = FastAPI(lifespan=lifespan)


@app.get("/users")
async def users(request: Request) -> list[dict[str, int | str]]:
    db: aiosqlite.Connection = request.app.state.db
    rows = await db.execute_fetchall("SELECT id, name FROM users ORDER BY id")
    return [dict(row) for row in rows]


@app.get("/ping")
async def ping() -> dict[str, str]:
    return {"ping": "pong"}
