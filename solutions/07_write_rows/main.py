"""07 · Write rows: the reference."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Annotated

import aiosqlite
from fastapi import Depends, FastAPI, HTTPException
from pydantic import BaseModel

CREATE_USERS = """
    CREATE TABLE IF NOT EXISTS users (
        id INTEGER PRIMARY KEY,
        name TEXT NOT NULL
    )
"""


class NewUser(BaseModel):
    name: str


class User(BaseModel):
    id: int
    name: str


async def connection() -> AsyncGenerator[aiosqlite.Connection]:
    # A transaction belongs to a connection. With a connection per request, nobody else can commit
    # this request's half-done work, or roll it back.
    async with aiosqlite.connect("./test.db") as db:
        yield db


Connection = Annotated[aiosqlite.Connection, Depends(connection)]


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncGenerator[None]:
    async with aiosqlite.connect("./test.db") as db:
        await db.execute(CREATE_USERS)
        await db.commit()
    yield


app = FastAPI(lifespan=lifespan)


@app.post("/users", status_code=201)
async def create_user(new: NewUser, db: Connection) -> User:
    # The name stands beside the SQL, not inside it: so it is a value, whatever it says.
    cursor = await db.execute("INSERT INTO users (name) VALUES (?)", (new.name,))
    # The commit stands here and not after the `yield` above: that line runs after the answer has
    # left, and a 201 for a row that nobody else can see would be a lie.
    await db.commit()
    # SQLite chose the id while it wrote. A second query for the highest id could find another
    # writer's.
    assert cursor.lastrowid is not None
    return User(id=cursor.lastrowid, name=new.name)


@app.get("/users/{user_id}")
async def read_user(user_id: int, db: Connection) -> User:
    try:
        cursor = await db.execute("SELECT id, name FROM users WHERE id = ?", (user_id,))
    except OverflowError:
        # SQLite's integers have 64 bits. Nobody can have an id that does not fit.
        raise HTTPException(404, "User not found") from None
    row = await cursor.fetchone()
    if row is None:
        raise HTTPException(404, "User not found")
    return User(id=row[0], name=row[1])


@app.get("/ping")
async def ping() -> dict[str, str]:
    return {"ping": "pong"}
