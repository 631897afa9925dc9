"""Mistake: one sqlite3 connection, opened on the loop's thread, serves def routes on others.

Cell: served, alone
Caught by: test_a_new_database_has_no_users
Reads: SQLite objects created in a thread can only be used in that same thread
"""

import sqlite3
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, closing

from fastapi import FastAPI, Request


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncGenerator[None]:
    with closing(sqlite3.connect("./test.db")) as db:
        db.row_factory = sqlite3.Row
        db.execute("CREATE TABLE IF NOT EXISTS users (id INTEGER PRIMARY KEY, name TEXT NOT NULL)")
        db.commit()
        app.state.db = db
        yield


app = FastAPI(lifespan=lifespan)


@app.get("/users")
def users(request: Request) -> list[dict[str, int | str]]:
    db: sqlite3.Connection = request.app.state.db
    return [dict(row) for row in db.execute("SELECT id, name FROM users ORDER BY id")]


@app.get("/ping")
async def ping() -> dict[str, str]:
    return {"ping": "pong"}
