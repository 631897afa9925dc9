"""async with round the yield; the lifespan's state carries the connection."""

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
        yield {"database": database}


app = FastAPI(lifespan=lifespan)


@app.get("/health")
async def health(request: Request) -> dict[str, int]:
    [row] = await request.state.database.execute_fetchall("SELECT 1")
    return {"database": row[0]}
