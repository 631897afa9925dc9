"""Mistake: four threads serve all `def` routes, and `/ping` has become one.

Cell: ping, together
Caught by: test_other_requests_go_on_during_a_slow_query
Reads: They stand in line behind the slow queries
"""

import sqlite3
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, closing

import anyio.to_thread
from fastapi import FastAPI
from fastapi.concurrency import run_in_threadpool

SCHEMA = "CREATE TABLE IF NOT EXISTS users (id INTEGER PRIMARY KEY, name TEXT NOT NULL)"
QUERY = "SELECT id, name FROM users ORDER BY id"


def create_table() -> None:
    with closing(sqlite3.connect("./test.db")) as db, db:
        db.execute(SCHEMA)


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncGenerator[None]:
    limiter = anyio.to_thread.current_default_thread_limiter()
    before = limiter.total_tokens
    limiter.total_tokens = 4  # SQLite gains nothing from more
    try:
        await run_in_threadpool(create_table)
        yield
    finally:
        limiter.total_tokens = before


app = FastAPI(lifespan=lifespan)


@app.get("/users")
def users() -> list[dict[str, int | str]]:
    with closing(sqlite3.connect("./test.db")) as db:
        db.row_factory = sqlite3.Row
        return [dict(row) for row in db.execute(QUERY).fetchall()]


@app.get("/ping")
def ping() -> dict[str, str]:
    return {"ping": "pong"}
