"""Mistake: each request opens a connection, and one whose query fails does not close it.

Cell: clean, failures
Caught by: test_a_query_that_fails_harms_one_request_only
Reads: Here requests had failed before the shutdown
"""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import aiosqlite
from fastapi import FastAPI


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncGenerator[None]:
    async with aiosqlite.connect("./test.db") as db:
        await db.execute(
            "CREATE TABLE IF NOT EXISTS users (id INTEGER PRIMARY KEY, name TEXT NOT NULL)"
        )
        await db.commit()
    yield


app = FastAPI(lifespan=lifespan)


@app.get("/users")
async def users() -> list[dict[str, int | str]]:
    db = await aiosqlite.connect("./test.db")
    rows = await db.execute_fetchall("SELECT id, name FROM users ORDER BY id")
    await db.close()
    return [{"id": number, "name": name} for number, name in rows]


@app.get("/ping")
async def ping() -> dict[str, str]:
    return {"ping": "pong"}
