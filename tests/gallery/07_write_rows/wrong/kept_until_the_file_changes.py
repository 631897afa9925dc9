"""Mistake: rows are kept until the time of ./test.db changes, and in WAL mode it does not.

Cell: outside, outside
Caught by: test_what_others_write_change_and_delete_is_seen_and_kept
Reads: its commits stand in ./test.db-wal
"""

import os
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import aiosqlite
from fastapi import FastAPI, HTTPException
from pydantic import BaseModel

TABLE = "CREATE TABLE IF NOT EXISTS users (id INTEGER PRIMARY KEY, name TEXT NOT NULL)"


class NewUser(BaseModel):
    name: str


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncGenerator[None]:
    async with aiosqlite.connect("./test.db") as db:
        await db.execute(TABLE)
        await db.commit()
    yield


app = FastAPI(lifespan=lifespan)
kept: dict[int, tuple[int, dict[str, int | str]]] = {}


@app.post("/users", status_code=201)
async def create_user(new: NewUser) -> dict[str, int | str | None]:
    async with aiosqlite.connect("./test.db") as db:
        cursor = await db.execute("INSERT INTO users (name) VALUES (?)", (new.name,))
        await db.commit()
    return {"id": cursor.lastrowid, "name": new.name}


@app.get("/users/{user_id}")
async def read_user(user_id: int) -> dict[str, int | str]:
    if not -(2**63) <= user_id < 2**63:
        raise HTTPException(404, "User not found")
    changed = os.stat("./test.db").st_mtime_ns
    if user_id in kept and kept[user_id][0] == changed:
        return kept[user_id][1]
    async with aiosqlite.connect("./test.db") as db:
        cursor = await db.execute("SELECT id, name FROM users WHERE id = ?", (user_id,))
        row = await cursor.fetchone()
    if row is None:
        raise HTTPException(404, "User not found")
    kept[user_id] = changed, {"id": row[0], "name": row[1]}
    return kept[user_id][1]


@app.get("/ping")
async def ping() -> dict[str, str]:
    return {"ping": "pong"}
