"""One shared connection that commits each statement by itself, so nothing can be half-done."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import aiosqlite
from fastapi import APIRouter, FastAPI, HTTPException, Request
from pydantic import BaseModel


class User(BaseModel):
    id: int
    name: str


class NewUser(BaseModel):
    name: str


router = APIRouter(prefix="/users")


@router.post("", status_code=201)
async def create_user(new: NewUser, request: Request) -> User:
    db: aiosqlite.Connection = request.state.db
    rows = await db.execute_fetchall(
        "INSERT INTO users (name) VALUES (?) RETURNING id", (new.name,)
    )
    return User(id=next(iter(rows))[0], name=new.name)


@router.get("/{user_id}")
async def read_user(user_id: int, request: Request) -> User:
    if not -(2**63) <= user_id < 2**63:
        raise HTTPException(404, "User not found")
    db: aiosqlite.Connection = request.state.db
    for number, name in await db.execute_fetchall(
        "SELECT id, name FROM users WHERE id = ?", (user_id,)
    ):
        return User(id=number, name=name)
    raise HTTPException(404, "User not found")


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncGenerator[dict[str, aiosqlite.Connection]]:
    async with aiosqlite.connect("./test.db", isolation_level=None) as db:
        await db.execute("PRAGMA journal_mode = WAL")
        await db.execute(
            "CREATE TABLE IF NOT EXISTS users (id INTEGER PRIMARY KEY, name TEXT NOT NULL)"
        )
        yield {"db": db}


app = FastAPI(lifespan=lifespan)
app.include_router(router)


@app.get("/ping")
async def ping() -> dict[str, str]:
    return {"ping": "pong"}
