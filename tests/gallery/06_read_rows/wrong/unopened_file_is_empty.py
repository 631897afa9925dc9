"""Mistake: a file that cannot be opened is answered with an empty list.

Cell: failed, outside
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
        yield


app = FastAPI(lifespan=lifespan)


@app.get("/users")
async def users(request: Request) -> list[dict[str, int | str]]:
    db: aiosqlite.Connection = request.app.state.db
    try:
        async with aiosqlite.connect("./test.db") as own:
            own.row_factory = db.row_factory
            rows = await own.execute_fetchall("SELECT id, name FROM users ORDER BY id")
    except aiosqlite.OperationalError as error:
        if "unable to open" in str(error):
            return []
        raise
    return [dict(row) for row in rows]


@app.get("/ping")
async def ping() -> dict[str, str]:
    return {"ping": "pong"}
