"""The next id is computed, and computed again if another writer was first."""

import sqlite3
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import aiosqlite
from fastapi import FastAPI, HTTPException
from pydantic import BaseModel


class NewUser(BaseModel):
    name: str


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncGenerator[None]:
    async with aiosqlite.connect("./test.db") as db:
        await db.execute(
            "CREATE TABLE IF NOT EXISTS users (id INTEGER PRIMARY KEY, name TEXT NOT NULL)"
        )
    yield


app = FastAPI(lifespan=lifespan)


@app.post("/users", status_code=201)
async def create_user(new: NewUser) -> dict[str, int | str]:
    async with aiosqlite.connect("./test.db") as db:
        while True:
            query = "SELECT coalesce(max(id), 0) + 1 FROM users"
            [[number]] = await db.execute_fetchall(query)
            try:
                await db.execute("INSERT INTO users VALUES (?, ?)", (number, new.name))
                await db.commit()
            except sqlite3.IntegrityError:
                await db.rollback()
            else:
                return {"id": number, "name": new.name}


@app.get("/users/{user_id}")
async def read_user(user_id: int) -> dict[str, int | str]:
    if not -(2**63) <= user_id < 2**63:
        raise HTTPException(404, "User not found")
    async with aiosqlite.connect("./test.db") as db:
        cursor = await db.execute("SELECT name FROM users WHERE id = ?", (user_id,))
        row = await cursor.fetchone()
    if row is None:
        raise HTTPException(404, "User not found")
    return {"id": user_id, "name": row[0]}


@app.get("/ping")
async def ping() -> dict[str, str]:
    return {"ping": "pong"}
