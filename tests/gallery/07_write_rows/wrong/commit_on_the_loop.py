"""Mistake: the row is written in a thread, and committed on the loop.

Cell: at once, slow
Caught by: test_other_requests_go_on_during_a_slow_write
Reads: A query of sqlite3 blocks the event loop
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
        await db.execute(SCHEMA)
        await db.commit()
    yield


app = FastAPI(lifespan=lifespan)


async def connect() -> AsyncGenerator[aiosqlite.Connection]:
    async with aiosqlite.connect("./test.db") as db:
        yield db


Db = Annotated[aiosqlite.Connection, Depends(connect)]


def insert(db: sqlite3.Connection, name: str) -> int:
    return db.execute("INSERT INTO users (name) VALUES (?)", (name,)).lastrowid


@app.post("/users", status_code=201)
async def create_user(new: NewUser) -> User:
    with closing(sqlite3.connect("./test.db", check_same_thread=False)) as db:
        number = await asyncio.to_thread(insert, db, new.name)
        db.commit()
    return User(id=number, name=new.name)


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
