"""Mistake: a transaction is begun for each list, and ended only if its query went well.

Cell: failed, again
Caught by: test_a_query_that_fails_harms_one_request_only
Reads: cannot start a transaction within a transaction
"""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import aiosqlite
from fastapi import FastAPI, Request


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncGenerator[None]:
    async with aiosqlite.connect("./test.db", isolation_level=None) as db:
        db.row_factory = aiosqlite.Row
        await db.execute(
            "CREATE TABLE IF NOT EXISTS users (id INTEGER PRIMARY KEY, name TEXT NOT NULL)"
        )
        await db.commit()
        app.state.db = db
        app.state.lock = asyncio.Lock()
        yield


app = FastAPI(lifespan=lifespan)


@app.get("/users")
async def users(request: Request) -> list[dict[str, int | str]]:
    db = request.app.state.db
    async with request.app.state.lock:
        await db.execute("BEGIN")
        rows = await db.execute_fetchall("SELECT id, name FROM users ORDER BY id")
        await db.execute("COMMIT")
    return [dict(row) for row in rows]


@app.get("/ping")
async def ping() -> dict[str, str]:
    return {"ping": "pong"}
