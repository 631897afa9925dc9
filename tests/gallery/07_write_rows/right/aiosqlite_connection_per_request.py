"""A dependency opens a connection per request; the route commits before it returns."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from typing import Annotated

import aiosqlite
from fastapi import Depends, FastAPI, HTTPException
from pydantic import BaseModel


class NewUser(BaseModel):
    name: str


async def connection() -> AsyncGenerator[aiosqlite.Connection]:
    db = await aiosqlite.connect("./test.db")
    try:
        db.row_factory = aiosqlite.Row
        yield db
    finally:
        await db.close()


Connection = Annotated[aiosqlite.Connection, Depends(connection)]


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncGenerator[None]:
    async with aiosqlite.connect("./test.db") as db:
        await db.execute(
            "CREATE TABLE IF NOT EXISTS users (id INTEGER PRIMARY KEY, name TEXT NOT NULL)"
        )
        await db.commit()
    yield


app = FastAPI(lifespan=lifespan)


@app.post("/users", status_code=201)
async def create_user(new: NewUser, db: Connection) -> dict[str, int | str]:
    cursor = await db.execute(
        "INSERT INTO users (name) VALUES (:name) RETURNING id, name", {"name": new.name}
    )
    row = await cursor.fetchone()
    assert row is not None
    await db.commit()
    return dict(row)


@app.get("/users/{user_id}")
async def read_user(user_id: int, db: Connection) -> dict[str, int | str]:
    with suppress(OverflowError):
        async with db.execute("SELECT * FROM users WHERE id = ?", [user_id]) as cursor:
            async for row in cursor:
                return dict(row)
    raise HTTPException(status_code=404, detail="User not found")


@app.get("/ping")
async def ping() -> dict[str, str]:
    return {"ping": "pong"}
