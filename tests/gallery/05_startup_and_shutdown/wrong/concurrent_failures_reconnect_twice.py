"""Mistake: requests that fail together open a new connection each, and all but the last are forgotten.

Cell: left, failures
Caught by: test_nothing_is_left_when_the_server_has_stopped_after_failures
Reads: Here three requests had failed together
"""

import sqlite3
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager

import aiosqlite
from fastapi import FastAPI, HTTPException, Request

DATABASE = "./test.db"


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncGenerator[None]:
    app.state.retired = set()
    app.state.database = await aiosqlite.connect(DATABASE)
    try:
        yield
    finally:
        async with AsyncExitStack() as stack:
            for database in {app.state.database, *app.state.retired}:
                stack.push_async_callback(database.close)


app = FastAPI(lifespan=lifespan)


@app.get("/health")
async def health(request: Request) -> dict[str, int]:
    state = request.app.state
    database = state.database
    try:
        async with database.execute("SELECT 1") as cursor:
            row = await cursor.fetchone()
    except sqlite3.Error:
        if state.database is database:  # nobody has replaced it yet
            state.database = await aiosqlite.connect(DATABASE)
            state.retired.add(database)  # others may still use it: closed at shutdown
        raise HTTPException(503, "the database does not answer") from None
    return {"database": row[0]}
