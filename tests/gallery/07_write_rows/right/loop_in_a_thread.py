"""A thread with an event loop of its own owns the one connection, and the routes hand their work to it."""

import asyncio
import threading
from collections.abc import AsyncGenerator, Coroutine
from contextlib import asynccontextmanager
from typing import Any

import aiosqlite
from fastapi import FastAPI, HTTPException, Request
from pydantic import BaseModel


class NewUser(BaseModel):
    name: str


class Users:
    def __init__(self) -> None:
        self.ready = threading.Event()

    def run(self) -> None:
        asyncio.run(self.serve())

    async def serve(self) -> None:
        self.loop, self.stop, self.turn = (
            asyncio.get_running_loop(),
            asyncio.Event(),
            asyncio.Lock(),
        )
        async with aiosqlite.connect("./test.db") as self.db:
            await self.db.execute(
                "CREATE TABLE IF NOT EXISTS users (id INTEGER PRIMARY KEY, name TEXT NOT NULL)"
            )
            await self.db.commit()
            self.ready.set()
            await self.stop.wait()

    async def done(self, work: Coroutine[Any, Any, Any]) -> Any:
        return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(work, self.loop))

    async def add(self, name: str) -> int:
        async with self.turn:
            cursor = await self.db.execute("INSERT INTO users (name) VALUES (?)", (name,))
            await self.db.commit()
        return cursor.lastrowid or 0

    async def name_of(self, number: int) -> str | None:
        async with self.turn:
            cursor = await self.db.execute("SELECT name FROM users WHERE id = ?", (str(number),))
            row = await cursor.fetchone()
        return row[0] if row else None


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncGenerator[None]:
    users = app.state.users = Users()
    thread = threading.Thread(target=users.run)
    thread.start()
    await asyncio.to_thread(users.ready.wait)
    yield
    users.loop.call_soon_threadsafe(users.stop.set)
    await asyncio.to_thread(thread.join)


app = FastAPI(lifespan=lifespan)


@app.post("/users", status_code=201)
async def create_user(new: NewUser, request: Request) -> dict[str, int | str]:
    users: Users = request.app.state.users
    return {"id": await users.done(users.add(new.name)), "name": new.name}


@app.get("/users/{user_id}")
async def read_user(user_id: int, request: Request) -> dict[str, int | str]:
    users: Users = request.app.state.users
    name = await users.done(users.name_of(user_id))
    if name is None:
        raise HTTPException(404, "User not found")
    return {"id": user_id, "name": name}


@app.get("/ping")
async def ping() -> dict[str, str]:
    return {"ping": "pong"}
