"""Mistake: the rows are read once, at startup.

Cell: outside, alone
Caught by: test_rows_are_served_as_objects
Reads: What was read before is old by now
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
        rows = await db.execute_fetchall("SELECT id, name FROM users ORDER BY id")
        app.state.users = [dict(row) for row in rows]
        yield


app = FastAPI(lifespan=lifespan)


@app.get("/users")
async def users(request: Request) -> list[dict[str, int | str]]:
    return request.app.state.users


@app.get("/ping")
async def ping() -> dict[str, str]:
    return {"ping": "pong"}
