"""sqlite3 behind a class whose methods are called with asyncio.to_thread."""

import asyncio
import sqlite3
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, closing
from pathlib import Path

from fastapi import FastAPI


class Users:
    def __init__(self, file: Path) -> None:
        self.file = file

    def create(self) -> None:
        with closing(sqlite3.connect(self.file)) as db, db:
            db.execute(
                "CREATE TABLE IF NOT EXISTS users (id INTEGER PRIMARY KEY, name TEXT NOT NULL)"
            )

    def all(self) -> list[dict[str, int | str]]:
        with closing(sqlite3.connect(self.file)) as db:
            rows = db.execute("SELECT id, name FROM users ORDER BY id").fetchall()
        return [{"id": number, "name": name} for number, name in rows]


repository = Users(Path("./test.db"))


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncGenerator[None]:
    await asyncio.to_thread(repository.create)
    yield


app = FastAPI(lifespan=lifespan)


@app.get("/users")
async def users() -> list[dict[str, int | str]]:
    return await asyncio.to_thread(repository.all)


@app.get("/ping")
async def ping() -> dict[str, str]:
    return {"ping": "pong"}
