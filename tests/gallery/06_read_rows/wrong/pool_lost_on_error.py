"""Mistake: a request whose query fails does not put its connection back into the pool.

Cell: failed, again
Caught by: test_a_query_that_fails_harms_one_request_only
Reads: A failed request changes nothing for the next one
"""

import asyncio
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
        app.state.pool = asyncio.Queue()
        app.state.pool.put_nowait(db)
        yield


app = FastAPI(lifespan=lifespan)


@app.get("/users")
async def users(request: Request) -> list[dict[str, int | str]]:
    db: aiosqlite.Connection = await request.app.state.pool.get()
    rows = await db.execute_fetchall("SELECT id, name FROM users ORDER BY id")
    request.app.state.pool.put_nowait(db)
    return [dict(row) for row in rows]


@app.get("/ping")
async def ping() -> dict[str, str]:
    return {"ping": "pong"}
