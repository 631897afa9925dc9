"""Mistake: a request that comes while a query runs takes that query's rows, and asks nobody.

Cell: outside, moments
Caught by: test_a_row_written_later_is_served_too
Reads: Let each request ask for itself
"""

import asyncio
import sqlite3
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, closing

import aiosqlite
from fastapi import Depends, FastAPI, HTTPException, Request

TABLE = "CREATE TABLE IF NOT EXISTS users (id INTEGER PRIMARY KEY, name TEXT NOT NULL)"


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncGenerator[None]:
    async with aiosqlite.connect("./test.db") as db:
        await db.execute(TABLE)
        await db.commit()
    yield


app = FastAPI(lifespan=lifespan)

running: asyncio.Task | None = None


async def load() -> list[dict[str, int | str]]:
    async with aiosqlite.connect("./test.db") as db:
        rows = await db.execute_fetchall("SELECT id, name FROM users ORDER BY id")
    return [{"id": i, "name": n} for i, n in rows]


@app.get("/users")
async def users() -> list[dict[str, int | str]]:
    global running
    if running is None or running.done():
        running = asyncio.create_task(load())
    return await asyncio.shield(running)


@app.get("/ping")
async def ping() -> dict[str, str]:
    return {"ping": "pong"}
