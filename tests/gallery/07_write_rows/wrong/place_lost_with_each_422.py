"""Mistake: of eight places at the database each body that is refused takes one away.

Cell: no name, again
Caught by: test_a_user_without_a_name_is_refused
Reads: await places.acquire() A deadlock
"""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import aiosqlite
from fastapi import FastAPI, HTTPException, Request
from pydantic import BaseModel, ValidationError

TABLE = "CREATE TABLE IF NOT EXISTS users (id INTEGER PRIMARY KEY, name TEXT NOT NULL)"


class NewUser(BaseModel):
    name: str


places = asyncio.Semaphore(8)


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncGenerator[None]:
    async with aiosqlite.connect("./test.db") as db:
        await db.execute(TABLE)
        await db.commit()
    yield


app = FastAPI(lifespan=lifespan)


@app.post("/users", status_code=201)
async def create_user(request: Request) -> dict[str, int | str | None]:
    await places.acquire()
    try:
        new = NewUser.model_validate_json(await request.body())
    except ValidationError as error:
        raise HTTPException(422, "A user has a name") from error
    try:
        async with aiosqlite.connect("./test.db") as db:
            cursor = await db.execute("INSERT INTO users (name) VALUES (?)", (new.name,))
            await db.commit()
    finally:
        places.release()
    return {"id": cursor.lastrowid, "name": new.name}


@app.get("/users/{user_id}")
async def read_user(user_id: int) -> dict[str, int | str]:
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
