"""Mistake: a startup event stands beside a lifespan, so it is silently skipped.

Cell: table, alone
Caught by: test_a_new_database_has_no_users
Reads: The handler raised OperationalError: no such table: users
"""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import aiosqlite
from fastapi import FastAPI, Request


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncGenerator[None]:
    async with aiosqlite.connect("./test.db") as db:
        db.row_factory = aiosqlite.Row
        app.state.db = db
        yield


app = FastAPI(lifespan=lifespan)


@app.on_event("startup")  # pyright: ignore[reportDeprecated]
async def create_table() -> None:
    async with aiosqlite.connect("./test.db") as db:
        await db.execute(
            "CREATE TABLE IF NOT EXISTS users (id INTEGER PRIMARY KEY, name TEXT NOT NULL)"
        )
        await db.commit()


@app.get("/users")
async def users(request: Request) -> list[dict[str, int | str]]:
    db: aiosqlite.Connection = request.app.state.db
    rows = await db.execute_fetchall("SELECT id, name FROM users ORDER BY id")
    return [dict(row) for row in rows]


@app.get("/ping")
async def ping() -> dict[str, str]:
    return {"ping": "pong"}
