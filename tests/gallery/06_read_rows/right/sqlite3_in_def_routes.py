"""The sqlite3 of the standard library in a plain def route, with a connection per request."""

import sqlite3
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, closing

from fastapi import FastAPI


def connect() -> sqlite3.Connection:
    db = sqlite3.connect("test.db")
    db.row_factory = sqlite3.Row
    return db


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncGenerator[None]:
    # Nobody is served yet, so nobody waits while this runs on the loop.
    with closing(connect()) as db:
        db.execute("CREATE TABLE IF NOT EXISTS users (id INTEGER PRIMARY KEY, name TEXT NOT NULL)")
        db.commit()
    yield


app = FastAPI(lifespan=lifespan)


@app.get("/users")
def users() -> list[dict[str, int | str]]:
    with closing(connect()) as db:
        return [dict(row) for row in db.execute("SELECT id, name FROM users ORDER BY id")]


@app.get("/ping")
def ping() -> dict[str, str]:
    return {"ping": "pong"}
