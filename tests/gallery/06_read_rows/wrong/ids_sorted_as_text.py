"""Mistake: the ids are sorted as if they were text: 10 comes before 2.

Cell: order, values
Caught by: test_every_user_is_served
Reads: Ids are numbers, and 2 comes before 10
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
            "CREATE TABLE IF NOT EXISTS users (id INTEGER PRIMARY KEY, name TEXT NOT NULL)"
        )
        await database.commit()
        yield {"database": database}


app = FastAPI(lifespan=lifespan)


@app.get("/users")
async def users(request: Request) -> list[dict[str, Any]]:
    async with request.state.database.execute("SELECT id, name FROM users") as cursor:
        rows = await cursor.fetchall()
    return sorted(
        ({"id": number, "name": name} for number, name in rows), key=lambda user: str(user["id"])
    )


@app.get("/ping")
async def ping() -> dict[str, str]:
    return {"ping": "pong"}
