"""Mistake: a table whose CREATE is written in another way is dropped and made anew.

Cell: table, outside
Caught by: test_users_stand_in_the_order_of_their_ids
Reads: a table of that name is used as it is
"""

import asyncio
import sqlite3
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import aiosqlite
from fastapi import FastAPI, HTTPException, Request

SCHEMA = "CREATE TABLE IF NOT EXISTS users (id INTEGER PRIMARY KEY, name TEXT NOT NULL)"

PLAIN = "CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT NOT NULL)"


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncGenerator[None]:
    async with aiosqlite.connect("./test.db") as db:
        db.row_factory = aiosqlite.Row
        found = list(
            await db.execute_fetchall("SELECT sql FROM sqlite_master WHERE name = 'users'")
        )
        if found and found[0]["sql"] != PLAIN:
            await db.execute("DROP TABLE users")
        await db.execute(SCHEMA)
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
