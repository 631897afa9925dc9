"""Mistake: an INSERT that takes more than a second is sent again, while the first goes on.

Cell: one row, slow
Caught by: test_other_requests_go_on_during_a_slow_write
Reads: two POSTs that waited for two seconds
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


@app.post("/users", status_code=201)
async def create_user(new: NewUser, db: Db) -> User:
    sql = "INSERT INTO users (name) VALUES (?)"
    try:
        async with asyncio.timeout(1):
            cursor = await db.execute(sql, (new.name,))
    except TimeoutError:
        cursor = await db.execute(sql, (new.name,))
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
