"""Mistake: users are read from a dictionary, which holds only rows that were there at startup or came by POST.

Cell: outside, outside
Caught by: test_what_others_write_change_and_delete_is_seen_and_kept
Reads: keep no users in memory
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
            "CREATE TABLE IF NOT EXISTS users (id INTEGER PRIMARY KEY, name TEXT NOT NULL)"
        )
        await database.commit()
        async for number, name in await database.execute("SELECT id, name FROM users"):
            users[number] = name
    yield


app = FastAPI(lifespan=lifespan)
users: dict[int, str] = {}


@app.post("/users", status_code=201)
async def create_user(new: NewUser) -> User:
    async with aiosqlite.connect("./test.db") as database:
        cursor = await database.execute("INSERT INTO users (name) VALUES (?)", [new.name])
        await database.commit()
    number = cursor.lastrowid or 0
    users[number] = new.name
    return User(id=number, name=new.name)


@app.get("/users/{user_id}")
async def read_user(user_id: int) -> User:
    if not -(2**63) <= user_id < 2**63:
        raise HTTPException(404, "User not found")
    if user_id not in users:
        raise HTTPException(404, "User not found")
    return User(id=user_id, name=users[user_id])


@app.get("/ping")
async def ping() -> dict[str, str]:
    return {"ping": "pong"}
