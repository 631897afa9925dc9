"""Mistake: a query that fails is answered with 404.

Cell: failed, alone
Caught by: test_a_query_that_fails_harms_one_request_only
Reads: A 4xx says that the client asked for something wrong
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
        await db.commit()
        app.state.db = db
        yield


app = FastAPI(lifespan=lifespan)


@app.get("/users")
async def users(request: Request) -> list[dict[str, int | str]]:
    try:
        rows = await request.app.state.db.execute_fetchall("SELECT id, name FROM users ORDER BY id")
    except aiosqlite.OperationalError:
        raise HTTPException(404, "No users") from None
    return [dict(row) for row in rows]


@app.get("/ping")
async def ping() -> dict[str, str]:
    return {"ping": "pong"}
