"""Mistake: a query that took long is remembered, and all later requests are refused.

Cell: failed, again
Caught by: test_a_query_that_takes_long_is_no_empty_list
Reads: A failed request changes nothing for the next one
"""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import aiosqlite
from fastapi import FastAPI, HTTPException, Request


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncGenerator[None]:
    async with aiosqlite.connect("./test.db") as db:
        db.row_factory = aiosqlite.Row
        await db.execute(
            "CREATE TABLE IF NOT EXISTS users (id INTEGER PRIMARY KEY, name TEXT NOT NULL)"
        )
        await db.commit()
        app.state.db = db
        app.state.slow = False
        yield


app = FastAPI(lifespan=lifespan)


@app.get("/users")
async def users(request: Request) -> list[dict[str, int | str]]:
    db: aiosqlite.Connection = request.app.state.db
    if request.app.state.slow:
        raise HTTPException(503, "The database is slow")
    query = db.execute_fetchall("SELECT id, name FROM users ORDER BY id")
    try:
        rows = await asyncio.wait_for(query, 2)
    except TimeoutError:
        request.app.state.slow = True
        raise HTTPException(504) from None
    return [dict(row) for row in rows]


@app.get("/ping")
async def ping() -> dict[str, str]:
    return {"ping": "pong"}
