"""Mistake: the rows are read while the body is sent, so a query that fails comes after the 200.

Cell: failed, alone
Caught by: test_a_query_that_fails_harms_one_request_only
Reads: The answer had begun when its body raised OperationalError
"""

import json
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager

import aiosqlite
from fastapi import FastAPI, Request
from fastapi.responses import StreamingResponse


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


async def as_json(db: aiosqlite.Connection) -> AsyncIterator[str]:
    rows = list(await db.execute_fetchall("SELECT id, name FROM users ORDER BY id"))
    yield "["
    for start in range(0, len(rows), 500):
        if start:
            yield ","
        yield ",".join(json.dumps(dict(row)) for row in rows[start : start + 500])
    yield "]"


@app.get("/users")
async def users(request: Request) -> StreamingResponse:
    return StreamingResponse(as_json(request.app.state.db), media_type="application/json")


@app.get("/ping")
async def ping() -> dict[str, str]:
    return {"ping": "pong"}
