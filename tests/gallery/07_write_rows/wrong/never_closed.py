"""Mistake: a dependency opens a connection for each request, and nobody closes it.

Cell: clean, alone
Caught by: test_nothing_is_left_open
Reads: Whoever opens a database connection closes it
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


async def connection() -> aiosqlite.Connection:
    return await aiosqlite.connect("./test.db")


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
    if not -(2**63) <= user_id < 2**63:
        raise HTTPException(404, "User not found")
    cursor = await db.execute("SELECT id, name FROM users WHERE id = ?", (user_id,))
    row = await cursor.fetchone()
    if row is None:
        raise HTTPException(404, "User not found")
    return User(id=row[0], name=row[1])


@app.get("/ping")
async def ping() -> dict[str, str]:
    return {"ping": "pong"}
