"""Mistake: a file whose user_version is 0 is taken for new, and its table is made anew.

Cell: created, outside
Caught by: test_the_users_survive_a_restart
Reads: The row is gone
"""

import asyncio
import sqlite3
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, closing
from typing import Annotated

import aiosqlite
from fastapi import Depends, FastAPI, HTTPException, Request
from pydantic import BaseModel

SCHEMA = "CREATE TABLE IF NOT EXISTS users (id INTEGER PRIMARY KEY, name TEXT NOT NULL)"


class NewUser(BaseModel):
    name: str


class User(BaseModel):
    id: int
    name: str


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncGenerator[None]:
    async with aiosqlite.connect("./test.db") as db:
        [(version,)] = await db.execute_fetchall("PRAGMA user_version")
        if version == 0:
            await db.execute("DROP TABLE IF EXISTS users")
            await db.execute(SCHEMA)
            await db.execute("PRAGMA user_version = 1")
            await db.commit()
    yield


app = FastAPI(lifespan=lifespan)


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
async def read_user(user_id: int, db: Db) -> User:
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
