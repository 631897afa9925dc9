"""One sqlite3 connection that lives on the only thread of an executor, in an app factory."""

import asyncio
import sqlite3
from collections.abc import AsyncGenerator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from typing import TypeVar

from fastapi import FastAPI

T = TypeVar("T")


class Database:
    thread: ThreadPoolExecutor

    def __init__(self) -> None:
        self.connection: sqlite3.Connection | None = None

    async def run(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self.thread, work)

    def open(self) -> None:
        self.connection = sqlite3.connect("./test.db")
        self.connection.execute(
            "CREATE TABLE IF NOT EXISTS users (id INTEGER PRIMARY KEY, name TEXT NOT NULL)"
        )
        self.connection.commit()

    def close(self) -> None:
        if self.connection is not None:
            self.connection.close()

    def users(self) -> list[dict[str, int | str]]:
        assert self.connection is not None
        rows = self.connection.execute("SELECT id, name FROM users ORDER BY id")
        return [{"id": number, "name": name} for number, name in rows]


def create_app() -> FastAPI:
    database = Database()

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncGenerator[None]:
        with ThreadPoolExecutor(max_workers=1) as database.thread:
            await database.run(database.open)
            try:
                yield
            finally:
                await database.run(database.close)

    app = FastAPI(lifespan=lifespan)

    async def users() -> list[dict[str, int | str]]:
        return await database.run(database.users)

    async def ping() -> dict[str, str]:
        return {"ping": "pong"}

    app.get("/users")(users)
    app.get("/ping")(ping)
    return app


app = create_app()
