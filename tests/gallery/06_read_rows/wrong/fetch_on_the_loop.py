"""Mistake: the query begins in a worker thread, and its rows are fetched on the event loop.

Cell: at once, slow
Caught by: test_other_requests_go_on_during_a_slow_query
Reads: A query of sqlite3 blocks the event loop
"""

import asyncio
import sqlite3
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, closing

from fastapi import FastAPI


def connect() -> sqlite3.Connection:
    return sqlite3.connect("./test.db", check_same_thread=False)


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncGenerator[None]:
    with closing(connect()) as db:
        db.execute("CREATE TABLE IF NOT EXISTS users (id INTEGER PRIMARY KEY, name TEXT NOT NULL)")
        db.commit()
    yield


app = FastAPI(lifespan=lifespan)


@app.get("/users")
async def users() -> list[dict[str, int | str]]:
    with closing(await asyncio.to_thread(connect)) as db:
        rows = await asyncio.to_thread(db.execute, "SELECT id, name FROM users ORDER BY id")
        return [{"id": number, "name": name} for number, name in rows]


@app.get("/ping")
async def ping() -> dict[str, str]:
    return {"ping": "pong"}
