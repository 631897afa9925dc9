"""Mistake: a name of digits is served as a number.

Cell: every user, values
Caught by: test_every_user_is_served
Reads: a name that looks like a number
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
    rows = await request.app.state.db.execute_fetchall("SELECT id, name FROM users ORDER BY id")
    return [
        {key: int(row[key]) if str(row[key]).isdigit() else row[key] for key in row.keys()}
        for row in rows
    ]


@app.get("/ping")
async def ping() -> dict[str, str]:
    return {"ping": "pong"}
