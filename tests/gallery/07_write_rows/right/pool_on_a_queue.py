"""A pool of four connections on a queue; whoever holds one has a transaction of its own."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager

import aiosqlite
from fastapi import FastAPI, HTTPException
from pydantic import BaseModel


class NewUser(BaseModel):
    name: str


pool: asyncio.Queue[aiosqlite.Connection] = asyncio.Queue()


@asynccontextmanager
async def connection() -> AsyncGenerator[aiosqlite.Connection]:
    db = await pool.get()
    try:
        yield db
        await db.commit()
    finally:
        await db.rollback()
        pool.put_nowait(db)


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncGenerator[None]:
    async with AsyncExitStack() as stack:
        for _ in range(4):
            pool.put_nowait(await stack.enter_async_context(aiosqlite.connect("./test.db")))
        async with connection() as db:
            await db.execute(
                "CREATE TABLE IF NOT EXISTS users (id INTEGER PRIMARY KEY, name TEXT NOT NULL)"
            )
        yield
        while not pool.empty():
            pool.get_nowait()


app = FastAPI(lifespan=lifespan)


@app.post("/users", status_code=201)
async def create_user(new: NewUser) -> dict[str, int | str | None]:
    async with connection() as db:
        cursor = await db.execute("INSERT INTO users (name) VALUES (?)", (new.name,))
    return {"id": cursor.lastrowid, "name": new.name}


@app.get("/users/{user_id}")
async def read_user(user_id: int) -> dict[str, int | str]:
    if not -(2**63) <= user_id < 2**63:
        raise HTTPException(404, "User not found")
    async with connection() as db:
        cursor = await db.execute("SELECT id, name FROM users WHERE id = ?", (user_id,))
        row = await cursor.fetchone()
    if row is None:
        raise HTTPException(404, "User not found")
    return {"id": row[0], "name": row[1]}


@app.get("/ping")
async def ping() -> dict[str, str]:
    return {"ping": "pong"}
