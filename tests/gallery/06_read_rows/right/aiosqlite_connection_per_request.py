"""A new aiosqlite connection for each request, given by a dependency and closed after it."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Annotated

import aiosqlite
from fastapi import Depends, FastAPI
from pydantic import BaseModel

FILE = Path(__file__).with_name("test.db")


class User(BaseModel):
    id: int
    name: str


async def connection() -> AsyncGenerator[aiosqlite.Connection]:
    async with aiosqlite.connect(FILE) as db:
        yield db


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncGenerator[None]:
    async with aiosqlite.connect(FILE) as db:
        await db.executescript(
            "CREATE TABLE IF NOT EXISTS users (id INTEGER PRIMARY KEY, name TEXT NOT NULL);"
        )
    yield


app = FastAPI(lifespan=lifespan)


@app.get("/users")
async def users(db: Annotated[aiosqlite.Connection, Depends(connection)]) -> list[User]:
    rows = await db.execute_fetchall("SELECT id, name FROM users ORDER BY id")
    return [User(id=number, name=name) for number, name in rows]


@app.get("/ping")
async def ping() -> dict[str, str]:
    return {"ping": "pong"}
