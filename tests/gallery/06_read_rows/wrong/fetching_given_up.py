"""Mistake: after two seconds no more rows are waited for, and those that came are answered.

Cell: failed, slow
Caught by: test_a_query_that_takes_long_is_no_empty_list
Reads: A list says that these are all users
"""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import aiosqlite
from fastapi import FastAPI, Request


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncGenerator[None]:
    async with aiosqlite.connect("./test.db") as db:
        db.row_factory = aiosqlite.Row
        await db.execute(
            "CREATE TABLE IF NOT EXISTS users (id INTEGER PRIMARY KEY, name TEXT NOT NULL)"
        )
        await db.commit()
        app.state.db = db
        yield


app = FastAPI(lifespan=lifespan)


@app.get("/users")
async def users(request: Request) -> list[dict[str, int | str]]:
    db: aiosqlite.Connection = request.app.state.db
    served: list[dict[str, int | str]] = []
    cursor = await db.execute("SELECT id, name FROM users ORDER BY id")
    try:
        async with asyncio.timeout(2):
            async for row in cursor:
                served.append(dict(row))
    except TimeoutError:
        pass
    return served


@app.get("/ping")
async def ping() -> dict[str, str]:
    return {"ping": "pong"}
