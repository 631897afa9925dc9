"""A dependency with scope="function": its connection is closed before the answer leaves."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Annotated

import aiosqlite
from fastapi import Depends, FastAPI


async def connection() -> AsyncGenerator[aiosqlite.Connection]:
    async with aiosqlite.connect("test.db") as db:
        db.row_factory = aiosqlite.Row
        yield db


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncGenerator[None]:
    async with asynccontextmanager(connection)() as db:
        await db.execute(
            "CREATE TABLE IF NOT EXISTS users (id INTEGER PRIMARY KEY, name TEXT NOT NULL)"
        )
        await db.commit()
    yield


app = FastAPI(lifespan=lifespan)


@app.get("/users")
async def users(
    db: Annotated[aiosqlite.Connection, Depends(connection, scope="function")],
) -> list[dict[str, int | str]]:
    cursor = await db.execute("SELECT id, name FROM users")
    rows = [dict(row) for row in await cursor.fetchall()]
    return sorted(rows, key=lambda row: row["id"])


@app.get("/ping")
async def ping() -> dict[str, str]:
    return {"ping": "pong"}
