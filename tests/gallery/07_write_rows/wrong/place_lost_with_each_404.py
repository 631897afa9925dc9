"""Mistake: a dependency gives its connection back after the `yield` without a `finally`: each 404 costs one of ten.

Cell: missing, again
Caught by: test_an_unknown_id_is_not_found
Reads: pool.get() A deadlock
"""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager
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
    db = await app.state.pool.get()
    yield db
    app.state.pool.put_nowait(db)


Connection = Annotated[aiosqlite.Connection, Depends(connection)]


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncGenerator[None]:
    async with aiosqlite.connect("./test.db") as db:
        await db.execute(CREATE_USERS)
        await db.commit()
    app.state.pool = asyncio.Queue()
    async with AsyncExitStack() as connections:
        for _ in range(10):
            opened = await connections.enter_async_context(aiosqlite.connect("./test.db"))
            app.state.pool.put_nowait(opened)
        yield


app = FastAPI(lifespan=lifespan)


@app.post("/users", status_code=201)
async def create_user(new: NewUser, db: Connection) -> User:
    cursor = await db.execute("INSERT INTO users (name) VALUES (?)", (new.name,))
    await db.commit()
    assert cursor.lastrowid is not None
    return User(id=cursor.lastrowid, name=new.name)


@app.get("/users/{user_id}")
async def read_user(user_id: int, db: Connection) -> User:
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
