"""An app factory that is given the file, and a class that opens a connection for each call."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Annotated

import aiosqlite
from fastapi import Depends, FastAPI, HTTPException
from fastapi import Path as InPath
from pydantic import BaseModel


class NewUser(BaseModel):
    name: str


class User(NewUser):
    id: int


class Storage:
    def __init__(self, file: Path) -> None:
        self.file = file

    async def __aenter__(self) -> "Storage":
        async with aiosqlite.connect(self.file) as db:
            await db.execute(
                "CREATE TABLE IF NOT EXISTS users (id INTEGER PRIMARY KEY, name TEXT NOT NULL)"
            )
        return self

    async def __aexit__(self, *_: object) -> None:
        pass

    async def add(self, new: NewUser) -> User:
        async with aiosqlite.connect(self.file) as db:
            cursor = await db.execute("INSERT INTO users (name) VALUES (?)", (new.name,))
            await cursor.execute("SELECT id, name FROM users WHERE id = last_insert_rowid()")
            row = await cursor.fetchone()
            await db.commit()
        assert row is not None
        return User(id=row[0], name=row[1])

    async def find(self, number: int) -> User | None:
        async with aiosqlite.connect(self.file) as db:
            try:
                cursor = await db.execute("SELECT id, name FROM users WHERE id = ?", (number,))
            except OverflowError:
                return None
            row = await cursor.fetchone()
        return User(id=row[0], name=row[1]) if row else None


def create_app(file: Path) -> FastAPI:
    storage = Storage(file)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncGenerator[None]:
        async with storage:
            yield

    app = FastAPI(lifespan=lifespan)

    async def existing(user_id: Annotated[int, InPath()]) -> User:
        user = await storage.find(user_id)
        if user is None:
            raise HTTPException(404, detail="User not found")
        return user

    async def read_user(user: Annotated[User, Depends(existing)]) -> User:
        return user

    async def ping() -> dict[str, str]:
        return {"ping": "pong"}

    app.add_api_route("/users", storage.add, methods=["POST"], status_code=201)
    app.add_api_route("/users/{user_id}", read_user)
    app.add_api_route("/ping", ping)
    return app


app = create_app(Path(__file__).with_name("test.db"))
