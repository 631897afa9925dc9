"""SQLite itself gives up a query that takes more than five seconds: a progress handler tells it to."""

import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import TypedDict

import aiosqlite
from fastapi import FastAPI, Request


class Patience:
    def __init__(self) -> None:
        self.until = 0.0

    def renew(self) -> None:
        self.until = time.monotonic() + 5

    def has_ended(self) -> bool:
        return time.monotonic() > self.until


class State(TypedDict):
    database: aiosqlite.Connection
    patience: Patience


@asynccontextmanager
async def lifespan(_: FastAPI) -> AsyncGenerator[State]:
    patience = Patience()
    async with aiosqlite.connect("./test.db") as database:
        await database.set_progress_handler(patience.has_ended, 1000)
        yield {"database": database, "patience": patience}


app = FastAPI(lifespan=lifespan)


@app.get("/health")
async def health(request: Request) -> dict[str, int]:
    request.state.patience.renew()
    [row] = await request.state.database.execute_fetchall("SELECT 1")
    return {"database": row[0]}
