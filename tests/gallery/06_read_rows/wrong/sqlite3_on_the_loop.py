"""Mistake: sqlite3 is called in an async def route, on the event loop.

Cell: at once, slow
Caught by: test_other_requests_go_on_during_a_slow_query
Reads: A query of sqlite3 blocks the event loop
"""

import sqlite3
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, closing

from fastapi import FastAPI


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncGenerator[None]:
    with closing(sqlite3.connect("./test.db")) as db:
        db.execute("CREATE TABLE IF NOT EXISTS users (id INTEGER PRIMARY KEY, name TEXT NOT NULL)")
        db.commit()
    yield


app = FastAPI(lifespan=lifespan)


@app.get("/users")
async def users() -> list[dict[str, int | str]]:
    with closing(sqlite3.connect("./test.db")) as db:
        db.row_factory = sqlite3.Row
        return [dict(row) for row in db.execute("SELECT id, name FROM users ORDER BY id")]


@app.get("/ping")
async def ping() -> dict[str, str]:
    return {"ping": "pong"}
