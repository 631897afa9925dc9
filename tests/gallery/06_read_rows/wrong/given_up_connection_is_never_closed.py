"""Mistake: a connection whose query was given up is replaced by a new one, and never closed.

Cell: clean, slow
Caught by: test_a_query_that_takes_long_is_no_empty_list
Reads: Here queries had taken long
"""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import aiosqlite
from fastapi import FastAPI, HTTPException, Request


async def connect() -> aiosqlite.Connection:
    db = await aiosqlite.connect("./test.db")
    db.row_factory = aiosqlite.Row
    return db


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncGenerator[None]:
    app.state.db = await connect()
    app.state.stuck = []
    try:
        await app.state.db.execute(
            "CREATE TABLE IF NOT EXISTS users (id INTEGER PRIMARY KEY, name TEXT NOT NULL)"
        )
        await app.state.db.commit()
        yield
    finally:
        await app.state.db.close()


app = FastAPI(lifespan=lifespan)


@app.get("/users")
async def users(request: Request) -> list[dict[str, int | str]]:
    state = request.app.state
    db: aiosqlite.Connection = state.db
    try:
        async with asyncio.timeout(2):
            rows = await db.execute_fetchall("SELECT id, name FROM users ORDER BY id")
    except TimeoutError:
        fresh = await connect()
        if state.db is db:
            state.db = fresh
            state.stuck.append(
                db
            )  # its thread still waits for the lock; the others shall not wait behind it
        else:  # another request was quicker
            await fresh.close()
        raise HTTPException(503, "The database is busy") from None
    return [dict(row) for row in rows]


@app.get("/ping")
async def ping() -> dict[str, str]:
    return {"ping": "pong"}
