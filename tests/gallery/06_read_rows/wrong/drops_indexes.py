"""Mistake: the table is copied at each startup, and its index is lost.

Cell: table, outside
Caught by: test_users_stand_in_the_order_of_their_ids
Reads: A table that is there is used as it is
"""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import aiosqlite
from fastapi import FastAPI, HTTPException, Request


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncGenerator[None]:
    async with aiosqlite.connect("./test.db") as db:
        db.row_factory = aiosqlite.Row
        await db.execute(
            "CREATE TABLE IF NOT EXISTS users (id INTEGER PRIMARY KEY, name TEXT NOT NULL)"
        )
        await db.execute("CREATE TABLE fresh (id INTEGER PRIMARY KEY, name TEXT NOT NULL)")
        await db.execute("INSERT INTO fresh SELECT id, name FROM users")
        await db.execute("DROP TABLE users")
        await db.execute("ALTER TABLE fresh RENAME TO users")
        await db.commit()
        app.state.db = db
        yield


app = FastAPI(lifespan=lifespan)


@app.get("/users")
async def users(request: Request) -> list[dict[str, int | str]]:
    rows = await request.app.state.db.execute_fetchall("SELECT id, name FROM users ORDER BY id")
    return [dict(row) for row in rows]


@app.get("/ping")
async def ping() -> dict[str, str]:
    return {"ping": "pong"}
