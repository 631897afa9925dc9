"""06 · Read rows: the reference."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import aiosqlite
from fastapi import FastAPI, Request

CREATE_USERS = """
    CREATE TABLE IF NOT EXISTS users (
        id INTEGER PRIMARY KEY,
        name TEXT NOT NULL
    )
"""


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncGenerator[None]:
    # The connection is closed when this block ends, however it ends. Left open, its thread would
    # keep the program from ever exiting.
    async with aiosqlite.connect("./test.db") as db:
        # Without this a row is a bare tuple, and the names of the columns are lost.
        db.row_factory = aiosqlite.Row
        # IF NOT EXISTS, because the file outlives the program: the second start finds the table.
        await db.execute(CREATE_USERS)
        await db.commit()
        app.state.db = db
        yield


app = FastAPI(lifespan=lifespan)


@app.get("/users")
async def users(request: Request) -> list[dict[str, int | str]]:
    db: aiosqlite.Connection = request.app.state.db
    # The query runs in the connection's own thread. The loop serves others until the rows are here.
    #
    # Without ORDER BY the rows come in any order that suits the database: mostly by id, until
    # the day it finds a quicker way.
    rows = await db.execute_fetchall("SELECT id, name FROM users ORDER BY id")
    return [dict(row) for row in rows]


@app.get("/ping")
async def ping() -> dict[str, str]:
    return {"ping": "pong"}
