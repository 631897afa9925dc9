"""Mistake: pages by key begin above the smallest possible id.

Cell: every user, values
Caught by: test_every_user_is_served
Reads: serve all rows, without a limit
"""

import asyncio
import sqlite3
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import aiosqlite
from fastapi import FastAPI, HTTPException, Request

SCHEMA = "CREATE TABLE IF NOT EXISTS users (id INTEGER PRIMARY KEY, name TEXT NOT NULL)"


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncGenerator[None]:
    async with aiosqlite.connect("./test.db") as db:
        db.row_factory = aiosqlite.Row
        await db.execute(SCHEMA)
        await db.commit()
        app.state.db = db
        yield


app = FastAPI(lifespan=lifespan)


@app.get("/users")
async def users(request: Request) -> list[dict[str, int | str]]:
    found, last = [], -(2**63)
    while True:
        rows = await request.app.state.db.execute_fetchall(
            "SELECT id, name FROM users WHERE id > ? ORDER BY id LIMIT 1000", (last,)
        )
        rows = list(rows)
        if not rows:
            return found
        found += [dict(row) for row in rows]
        last = rows[-1]["id"]


@app.get("/ping")
async def ping() -> dict[str, str]:
    return {"ping": "pong"}
