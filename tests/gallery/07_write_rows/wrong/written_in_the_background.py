"""Mistake: a background task writes the row after the answer; the id is a random one.

Cell: committed, alone
Caught by: test_the_row_is_committed_before_the_answer_leaves
Reads: The answer left before the commit
"""

import secrets
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Annotated

import aiosqlite
from fastapi import BackgroundTasks, Depends, FastAPI, HTTPException
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


async def write(number: int, name: str) -> None:
    async with aiosqlite.connect("./test.db") as db:
        await db.execute("INSERT INTO users (id, name) VALUES (?, ?)", (number, name))
        await db.commit()


@app.post("/users", status_code=201)
async def create_user(new: NewUser, background: BackgroundTasks) -> User:
    number = secrets.randbelow(1_000_000_000)
    background.add_task(write, number, new.name)
    return User(id=number, name=new.name)


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
