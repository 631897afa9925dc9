"""Mistake: when the file is locked for long, the next try is awaited with `time.sleep`.

Cell: at once, outside
Caught by: test_other_requests_go_on_during_a_slow_write
Reads: time.sleep blocks the event loop
"""

import sqlite3
import time
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
    yield


app = FastAPI(lifespan=lifespan)


async def connect() -> AsyncGenerator[aiosqlite.Connection]:
    async with aiosqlite.connect("./test.db") as db:
        yield db


Db = Annotated[aiosqlite.Connection, Depends(connect)]


async def insert(name: str, tries: int = 8) -> int | None:
    async with aiosqlite.connect("./test.db", timeout=1) as db:
        for left in reversed(range(tries)):
            try:
                cursor = await db.execute("INSERT INTO users (name) VALUES (?)", (name,))
                await db.commit()
            except sqlite3.OperationalError:  # database is locked
                await db.rollback()
                if not left:
                    raise
                time.sleep(1)
            else:
                return cursor.lastrowid
    return None


@app.post("/users", status_code=201)
async def create_user(new: NewUser) -> User:
    return User(id=await insert(new.name), name=new.name)


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
