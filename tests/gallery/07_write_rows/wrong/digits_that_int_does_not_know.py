"""Mistake: an id is looked at with `isdigit`, which takes a raised two for a digit, and `int` does not.

Cell: no number, values
Caught by: test_an_id_that_is_no_number_is_refused
Reads: invalid literal
"""

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


@app.post("/users", status_code=201)
async def create_user(new: NewUser) -> dict[str, int | str | None]:
    async with aiosqlite.connect("./test.db") as db:
        cursor = await db.execute("INSERT INTO users (name) VALUES (?)", (new.name,))
        await db.commit()
    return {"id": cursor.lastrowid, "name": new.name}


@app.get("/users/{spelled}")
async def read_user(spelled: str) -> dict[str, int | str]:
    if not spelled.removeprefix("-").isdigit():
        raise HTTPException(422, "An id is a whole number")
    user_id = int(spelled) if len(spelled) < 21 else 2**63
    if not -(2**63) <= user_id < 2**63:
        raise HTTPException(404, "User not found")
    async with aiosqlite.connect("./test.db") as db:
        cursor = await db.execute("SELECT id, name FROM users WHERE id = ?", (user_id,))
        row = await cursor.fetchone()
    if row is None:
        raise HTTPException(404, "User not found")
    return {"id": row[0], "name": row[1]}


@app.get("/ping")
async def ping() -> dict[str, str]:
    return {"ping": "pong"}
