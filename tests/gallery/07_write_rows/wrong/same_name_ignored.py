"""Mistake: names are unique, and a user whose name is taken is quietly left out.

Cell: one row, again
Caught by: test_each_201_stands_for_one_row
Reads: each POST writes a row of its own
"""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import aiosqlite
from fastapi import FastAPI, HTTPException
from pydantic import BaseModel


class NewUser(BaseModel):
    name: str


class User(BaseModel):
    id: int
    name: str


@asynccontextmanager
async def lifespan(_: FastAPI) -> AsyncGenerator[None]:
    async with aiosqlite.connect("./test.db") as database:
        await database.execute(
            "CREATE TABLE IF NOT EXISTS users (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE)"
        )
        await database.commit()
    yield


app = FastAPI(lifespan=lifespan)


@app.post("/users", status_code=201)
async def create_user(new: NewUser) -> User:
    async with aiosqlite.connect("./test.db") as database:
        cursor = await database.execute("INSERT OR IGNORE INTO users (name) VALUES (?)", [new.name])
        await database.commit()
    return User(id=cursor.lastrowid or 0, name=new.name)


@app.get("/users/{user_id}")
async def read_user(user_id: int) -> User:
    if not -(2**63) <= user_id < 2**63:
        raise HTTPException(404, "User not found")
    async with aiosqlite.connect("./test.db") as database:
        async with database.execute("SELECT name FROM users WHERE id = ?", [user_id]) as cursor:
            row = await cursor.fetchone()
    if row is None:
        raise HTTPException(404, "User not found")
    return User(id=user_id, name=row[0])


@app.get("/ping")
async def ping() -> dict[str, str]:
    return {"ping": "pong"}
