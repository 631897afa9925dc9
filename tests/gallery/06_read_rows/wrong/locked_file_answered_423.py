"""Mistake: a query that fails because the file is locked is answered with 423.

Cell: failed, failures
Caught by: test_a_query_that_fails_harms_one_request_only
Reads: A 4xx says that the client asked for something wrong
"""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import aiosqlite
from fastapi import FastAPI, HTTPException, Request

SCHEMA = "CREATE TABLE IF NOT EXISTS users (id INTEGER PRIMARY KEY, name TEXT NOT NULL)"
QUERY = "SELECT id, name FROM users ORDER BY id"


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncGenerator[None]:
    async with aiosqlite.connect("./test.db") as db:
        db.row_factory = aiosqlite.Row
        await db.execute(SCHEMA)
        await db.commit()
        app.state.db = db
        yield


app = FastAPI(lifespan=lifespan)


@app.get("/users")
async def users(request: Request) -> list[dict[str, int | str]]:
    try:
        rows = await request.app.state.db.execute_fetchall(QUERY)
    except aiosqlite.OperationalError as error:
        if "locked" in str(error):
            raise HTTPException(423, "the file is locked, try again") from error
        raise HTTPException(503, "the users cannot be read now") from error
    return [dict(row) for row in rows]


@app.get("/ping")
async def ping() -> dict[str, str]:
    return {"ping": "pong"}
