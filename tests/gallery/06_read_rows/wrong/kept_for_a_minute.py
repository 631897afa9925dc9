"""Mistake: the rows are kept for a minute.

Cell: outside, again
Caught by: test_a_row_written_later_is_served_too
Reads: What was read before is old by now
"""

import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import aiosqlite
from fastapi import FastAPI, Request


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncGenerator[None]:
    async with aiosqlite.connect("./test.db") as db:
        db.row_factory = aiosqlite.Row
        await db.execute(
            "CREATE TABLE IF NOT EXISTS users (id INTEGER PRIMARY KEY, name TEXT NOT NULL)"
        )
        await db.commit()
        app.state.db = db
        app.state.kept = 0.0, []
        yield


app = FastAPI(lifespan=lifespan)


@app.get("/users")
async def users(request: Request) -> list[dict[str, int | str]]:
    db: aiosqlite.Connection = request.app.state.db
    read_at, served = request.app.state.kept
    if served and time.monotonic() < read_at + 60:
        return served
    rows = await db.execute_fetchall("SELECT id, name FROM users ORDER BY id")
    request.app.state.kept = time.monotonic(), [dict(row) for row in rows]
    return request.app.state.kept[1]


@app.get("/ping")
async def ping() -> dict[str, str]:
    return {"ping": "pong"}
