"""Mistake: all requests fill one list, and empty it for one another.

Cell: at once, together
Caught by: test_requests_at_the_same_time_all_get_the_rows
Reads: Requests run at the same time
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
        app.state.served = []
        yield


app = FastAPI(lifespan=lifespan)


@app.get("/users")
async def users(request: Request) -> list[dict[str, int | str]]:
    db: aiosqlite.Connection = request.app.state.db
    served: list[dict[str, int | str]] = request.app.state.served
    served.clear()
    async with db.execute("SELECT id, name FROM users ORDER BY id") as cursor:
        async for row in cursor:
            served.append(dict(row))
    return served


@app.get("/ping")
async def ping() -> dict[str, str]:
    return {"ping": "pong"}
