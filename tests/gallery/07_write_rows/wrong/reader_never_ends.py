"""Mistake: a connection for all that read begins a transaction and never ends it.

Cell: found, again
Caught by: test_the_next_request_reads_the_user
Reads: OperationalError: database is locked
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


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncGenerator[None]:
    async with aiosqlite.connect("./test.db") as db:
        await db.execute(
            "CREATE TABLE IF NOT EXISTS users (id INTEGER PRIMARY KEY, name TEXT NOT NULL)"
        )
        await db.commit()
    async with aiosqlite.connect("./test.db") as app.state.reader:
        yield


app = FastAPI(lifespan=lifespan)


async def reader() -> aiosqlite.Connection:
    if not app.state.reader.in_transaction:
        await app.state.reader.execute("BEGIN")
    return app.state.reader


async def connect() -> AsyncGenerator[aiosqlite.Connection]:
    async with aiosqlite.connect("./test.db") as db:
        yield db


Db = Annotated[aiosqlite.Connection, Depends(connect)]


@app.post("/users", status_code=201)
async def create_user(new: NewUser, db: Db) -> User:
    cursor = await db.execute("INSERT INTO users (name) VALUES (?)", (new.name,))
    await db.commit()
    return User(id=cursor.lastrowid, name=new.name)


@app.get("/users/{user_id}")
async def read_user(user_id: int, db: Annotated[aiosqlite.Connection, Depends(reader)]) -> User:
    try:
        cursor = await db.execute("SELECT id, name FROM users WHERE id = ?", (user_id,))
    except OverflowError:
        raise HTTPException(404, "User not found") from None
    row = await cursor.fetchone()
    if row is None:
        raise HTTPException(404, "User not found")
    return User(id=row[0], name=row[1])


@app.get("/ping")
async def ping() -> dict[str, str]:
    return {"ping": "pong"}
