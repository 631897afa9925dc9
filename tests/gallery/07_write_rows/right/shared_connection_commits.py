"""One shared connection without a lock: an INSERT and its commit, and no rollback ever."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import aiosqlite
from fastapi import Body, FastAPI, HTTPException
from pydantic import BaseModel
from starlette.requests import Request


class User(BaseModel):
    id: int | None
    name: str


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncGenerator[None]:
    async with aiosqlite.connect("./test.db") as db:
        db.row_factory = aiosqlite.Row
        await db.executescript(
            "CREATE TABLE IF NOT EXISTS users (id INTEGER PRIMARY KEY, name TEXT NOT NULL);"
        )
        app.state.db = db
        yield


app = FastAPI(lifespan=lifespan)


@app.post("/users", status_code=201)
async def create_user(request: Request, name: str = Body(embed=True)) -> User:
    db: aiosqlite.Connection = request.app.state.db
    cursor = await db.execute("INSERT INTO users (name) VALUES (?)", (name,))
    await db.commit()
    return User(id=cursor.lastrowid, name=name)


@app.get("/users/{user_id}")
async def read_user(request: Request, user_id: int) -> User:
    if not -(2**63) <= user_id < 2**63:
        raise HTTPException(404, "User not found")
    db: aiosqlite.Connection = request.app.state.db
    async with db.execute("SELECT * FROM users WHERE id = ?", (user_id,)) as cursor:
        row = await cursor.fetchone()
    if not row:
        raise HTTPException(404, "User not found")
    return User(**dict(row))


@app.get("/ping")
async def ping() -> dict[str, str]:
    return {"ping": "pong"}
