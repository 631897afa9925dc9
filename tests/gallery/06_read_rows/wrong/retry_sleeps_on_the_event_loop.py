"""Mistake: when the file is locked, the pause before another try is a time.sleep on the loop.

Cell: ping, failures
Caught by: test_a_query_that_fails_harms_one_request_only
Reads: time.sleep blocks the event loop
"""

import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import aiosqlite
from fastapi import FastAPI

SCHEMA = "CREATE TABLE IF NOT EXISTS users (id INTEGER PRIMARY KEY, name TEXT NOT NULL)"
QUERY = "SELECT id, name FROM users ORDER BY id"


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncGenerator[None]:
    async with aiosqlite.connect("./test.db") as db:
        await db.execute(SCHEMA)
        await db.commit()
    yield


app = FastAPI(lifespan=lifespan)


@app.get("/users")
async def users() -> list[dict[str, int | str]]:
    async with aiosqlite.connect("./test.db", timeout=1) as db:
        db.row_factory = aiosqlite.Row
        for pause in (1.0, 1.5, None):
            try:
                rows = await db.execute_fetchall(QUERY)
                break
            except aiosqlite.OperationalError as error:
                if pause is None or "locked" not in str(error):
                    raise
                time.sleep(pause)
    return [dict(row) for row in rows]


@app.get("/ping")
async def ping() -> dict[str, str]:
    return {"ping": "pong"}
