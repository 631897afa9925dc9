"""Mistake: a list without users is answered with 404, in words of FastAPI.

Cell: served, alone
Caught by: test_a_new_database_has_no_users
Reads: No rows are no error
"""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

import aiosqlite
from fastapi import FastAPI, HTTPException, Request


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncGenerator[dict[str, aiosqlite.Connection]]:
    async with aiosqlite.connect("./test.db") as database:
        await database.execute(
            "CREATE TABLE IF NOT EXISTS users (id INTEGER PRIMARY KEY, name TEXT NOT NULL)"
        )
        await database.commit()
        yield {"database": database}


app = FastAPI(lifespan=lifespan)


@app.get("/users")
async def users(request: Request) -> list[dict[str, Any]]:
    async with request.state.database.execute("SELECT id, name FROM users ORDER BY id") as cursor:
        rows = await cursor.fetchall()
    if not rows:
        raise HTTPException(404)
    return [{"id": number, "name": name} for number, name in rows]


@app.get("/ping")
async def ping() -> dict[str, str]:
    return {"ping": "pong"}
