"""Mistake: all requests share one cursor: one request fetches the rows of another.

Cell: at once, together
Caught by: test_requests_at_the_same_time_all_get_the_rows
Reads: Requests run at the same time
"""

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
        async with db.cursor() as app.state.cursor:
            yield


app = FastAPI(lifespan=lifespan)


@app.get("/users")
async def users(request: Request) -> list[dict[str, int | str]]:
    cursor: aiosqlite.Cursor = request.app.state.cursor
    await cursor.execute("SELECT id, name FROM users ORDER BY id")
    return [dict(row) for row in await cursor.fetchall()]


@app.get("/ping")
async def ping() -> dict[str, str]:
    return {"ping": "pong"}
