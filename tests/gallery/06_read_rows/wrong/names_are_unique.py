"""Mistake: the table takes each name only once.

Cell: every user, outside
Caught by: test_every_user_is_served
Reads: Ask of a name only that it is not null
"""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

import aiosqlite
from fastapi import FastAPI, Request


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncGenerator[dict[str, aiosqlite.Connection]]:
    async with aiosqlite.connect("./test.db") as database:
        await database.execute(
            "CREATE TABLE IF NOT EXISTS users (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE)"
        )
        await database.commit()
        yield {"database": database}


app = FastAPI(lifespan=lifespan)


@app.get("/users")
async def users(request: Request) -> list[dict[str, Any]]:
    async with request.state.database.execute("SELECT id, name FROM users ORDER BY id") as cursor:
        rows = await cursor.fetchall()
    return [{"id": number, "name": name} for number, name in rows]


@app.get("/ping")
async def ping() -> dict[str, str]:
    return {"ping": "pong"}
