"""Mistake: no row factory, although the declared answer is a list of objects.

Cell: served, alone
Caught by: test_rows_are_served_as_objects
Reads: does not fit the declared response
"""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import aiosqlite
from fastapi import FastAPI, Request


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncGenerator[None]:
    async with aiosqlite.connect("./test.db") as db:
        await db.execute(
            "CREATE TABLE IF NOT EXISTS users (id INTEGER PRIMARY KEY, name TEXT NOT NULL)"
        )
        await db.commit()
        app.state.db = db
        yield


app = FastAPI(lifespan=lifespan)


@app.get("/users")
async def users(request: Request) -> list[dict[str, int | str]]:
    db: aiosqlite.Connection = request.app.state.db
    rows = await db.execute_fetchall("SELECT id, name FROM users ORDER BY id")
    return list(rows)  # pyright: ignore


@app.get("/ping")
async def ping() -> dict[str, str]:
    return {"ping": "pong"}
