"""Mistake: the next id is computed, and INSERT OR REPLACE hides that it was taken.

Cell: writers, together
Caught by: test_writers_at_once_lose_nothing
Reads: A row was lost between reading and writing
"""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Annotated

import aiosqlite
from fastapi import Depends, FastAPI, HTTPException, Request
from pydantic import BaseModel


class NewUser(BaseModel):
    name: str


class User(BaseModel):
    id: int
    name: str


def connection(request: Request) -> aiosqlite.Connection:
    return request.app.state.db


Connection = Annotated[aiosqlite.Connection, Depends(connection)]


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncGenerator[None]:
    async with aiosqlite.connect("./test.db") as db:
        await db.execute(
            "CREATE TABLE IF NOT EXISTS users (id INTEGER PRIMARY KEY, name TEXT NOT NULL)"
        )
        await db.commit()
        app.state.db = db
        yield


app = FastAPI(lifespan=lifespan)


@app.post("/users", status_code=201)
async def create_user(new: NewUser, db: Connection) -> User:
    cursor = await db.execute("SELECT count(*) + 1 FROM users")
    row = await cursor.fetchone()
    number = row[0] if row else 1
    await db.execute("INSERT OR REPLACE INTO users (id, name) VALUES (?, ?)", (number, new.name))
    await db.commit()
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
