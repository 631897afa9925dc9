"""Mistake: the reading route escapes the name for HTML, which is no part of the name.

Cell: one row, values
Caught by: test_any_name_is_stored_as_it_came
Reads: Answer a name as it is stored
"""

import html
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
    yield


app = FastAPI(lifespan=lifespan)


@app.post("/users", status_code=201)
async def create_user(new: NewUser) -> User:
    async with aiosqlite.connect("./test.db") as database:
        cursor = await database.execute("INSERT INTO users (name) VALUES (?)", [new.name])
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
    return User(id=user_id, name=html.escape(row[0]))


@app.get("/ping")
async def ping() -> dict[str, str]:
    return {"ping": "pong"}
