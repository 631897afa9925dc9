"""One shared connection, and a lock that lets one request at a time use it."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import TypedDict

import aiosqlite
from fastapi import FastAPI, Request


class State(TypedDict):
    db: aiosqlite.Connection
    lock: asyncio.Lock


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncGenerator[State]:
    async with aiosqlite.connect("./test.db", isolation_level=None) as db:
        await db.execute("PRAGMA journal_mode = WAL")
        await db.execute(
            "CREATE TABLE IF NOT EXISTS users (id INTEGER PRIMARY KEY, name TEXT NOT NULL)"
        )
        yield {"db": db, "lock": asyncio.Lock()}


app = FastAPI(lifespan=lifespan)


@app.get("/users")
async def users(request: Request) -> list[dict[str, int | str]]:
    db: aiosqlite.Connection = request.state.db
    async with request.state.lock:
        rows = await db.execute_fetchall("SELECT id, name FROM users ORDER BY id ASC")
    return [{"id": row[0], "name": row[1]} for row in rows]


@app.get("/ping")
async def ping() -> dict[str, str]:
    return {"ping": "pong"}
