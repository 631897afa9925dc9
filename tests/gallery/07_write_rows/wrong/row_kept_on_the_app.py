"""Mistake: the row is kept on `app.state` while another query is awaited, and there is only one such place.

Cell: found, mixed
Caught by: test_readers_at_once_get_each_their_own_user
Reads: Keep what belongs to one request in variables of its own
"""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Annotated

import aiosqlite
from fastapi import Depends, FastAPI, HTTPException
from pydantic import BaseModel


class NewUser(BaseModel):
    name: str


class User(BaseModel):
    id: int
    name: str


async def connection() -> AsyncGenerator[aiosqlite.Connection]:
    async with aiosqlite.connect("./test.db") as db:
        yield db


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
async def create_user(new: NewUser, db: Connection) -> User:
    cursor = await db.execute("INSERT INTO users (name) VALUES (?)", (new.name,))
    await db.commit()
    return User(id=cursor.lastrowid or 0, name=new.name)


@app.get("/users/{user_id}")
async def read_user(user_id: int, db: Connection) -> User:
    try:
        cursor = await db.execute("SELECT id, name FROM users WHERE id = ?", (user_id,))
    except OverflowError:
        raise HTTPException(404, "User not found") from None
    row = await cursor.fetchone()
    if row is None:
        raise HTTPException(404, "User not found")
    app.state.row = row
    await cursor.close()
    row = app.state.row
    return User(id=row[0], name=row[1])


@app.get("/ping")
async def ping() -> dict[str, str]:
    return {"ping": "pong"}
