"""Mistake: the startup creates its table without IF NOT EXISTS: the second start fails.

Cell: restart, restart
Caught by: test_the_server_can_be_started_again
Reads: table checks already exists
"""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import TypedDict

import aiosqlite
from fastapi import FastAPI, Request


class State(TypedDict):
    database: aiosqlite.Connection


@asynccontextmanager
async def lifespan(_: FastAPI) -> AsyncGenerator[State]:
    async with aiosqlite.connect("./test.db") as database:
        await database.execute("CREATE TABLE checks (at TEXT)")
        yield {"database": database}


app = FastAPI(lifespan=lifespan)


@app.get("/health")
async def health(request: Request) -> dict[str, int]:
    [row] = await request.state.database.execute_fetchall("SELECT 1")
    return {"database": row[0]}
