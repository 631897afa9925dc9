"""Mistake: an id that SQLite cannot hold is refused as if it were no whole number.

Cell: too large, values
Caught by: test_an_id_that_sqlite_cannot_hold_is_not_found
Reads: An id may be any whole number, negative or very large
"""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Annotated

import aiosqlite
from fastapi import Depends, FastAPI, HTTPException, Path
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
async def read_user(user_id: Annotated[int, Path(ge=-(2**63), lt=2**63)], db: Connection) -> User:
    try:
        cursor = await db.execute("SELECT id, name FROM users WHERE id = ?", (user_id,))
    except OverflowError:
        raise HTTPException(404) from None
    row = await cursor.fetchone()
    if row is None:
        raise HTTPException(404, "User not found")
    return User(id=row[0], name=row[1])


@app.get("/ping")
async def ping() -> dict[str, str]:
    return {"ping": "pong"}
