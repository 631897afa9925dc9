"""Mistake: when a query fails, the rows of the last one that went well are answered.

Cell: failed, failures
Caught by: test_a_query_that_fails_harms_one_request_only
Reads: A list says that these are all users
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
        app.state.db = db
        app.state.last = []
        yield


app = FastAPI(lifespan=lifespan)


@app.get("/users")
async def users(request: Request) -> list[dict[str, int | str]]:
    db: aiosqlite.Connection = request.app.state.db
    try:
        rows = await db.execute_fetchall("SELECT id, name FROM users ORDER BY id")
    except aiosqlite.Error:
        return request.app.state.last
    request.app.state.last = [dict(row) for row in rows]
    return request.app.state.last


@app.get("/ping")
async def ping() -> dict[str, str]:
    return {"ping": "pong"}
