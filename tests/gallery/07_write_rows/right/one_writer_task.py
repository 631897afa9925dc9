"""Routes put what they want written on a queue; a single task owns the connection that writes."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import aiosqlite
from fastapi import FastAPI, HTTPException
from pydantic import BaseModel


class NewUser(BaseModel):
    name: str


wanted: asyncio.Queue[tuple[str, asyncio.Future[int]]] = asyncio.Queue(maxsize=100)


async def write(db: aiosqlite.Connection) -> None:
    while True:
        name, number = await wanted.get()
        try:
            cursor = await db.execute("INSERT INTO users (name) VALUES (?)", (name,))
            await db.commit()
            number.set_result(cursor.lastrowid or 0)
        except aiosqlite.Error as error:
            await db.rollback()
            number.set_exception(error)


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncGenerator[None]:
    async with aiosqlite.connect("./test.db") as db:
        await db.execute(
            "CREATE TABLE IF NOT EXISTS users (id INTEGER PRIMARY KEY, name TEXT NOT NULL)"
        )
        await db.commit()
        writer = asyncio.create_task(write(db))
        yield
        writer.cancel()
        await asyncio.wait([writer])


app = FastAPI(lifespan=lifespan)


@app.post("/users", status_code=201)
async def create_user(new: NewUser) -> dict[str, int | str]:
    number: asyncio.Future[int] = asyncio.get_running_loop().create_future()
    await wanted.put((new.name, number))
    return {"id": await number, "name": new.name}


@app.get("/users/{user_id}")
async def read_user(user_id: int) -> dict[str, int | str]:
    if abs(user_id) >= 2**63:
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
