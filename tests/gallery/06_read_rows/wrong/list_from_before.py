"""Mistake: when a query fails, the list from before is answered.

Cell: failed, again
Caught by: test_a_query_that_fails_harms_one_request_only
Reads: A list says that these are all users
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
    state = request.app.state
    try:
        rows = await state.db.execute_fetchall("SELECT id, name FROM users ORDER BY id")
    except sqlite3.Error:
        if not hasattr(state, "last"):
            raise
        return state.last
    state.last = [dict(row) for row in rows]
    return state.last


@app.get("/ping")
async def ping() -> dict[str, str]:
    return {"ping": "pong"}
