"""The rows are fetched a hundred at a time, and a failing database is answered with 503."""

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
        yield


app = FastAPI(lifespan=lifespan)


@app.get("/users")
async def users(request: Request) -> list[dict[str, int | str]]:
    db: aiosqlite.Connection = request.app.state.db
    served: list[dict[str, int | str]] = []
    try:
        async with db.execute("SELECT id, name FROM users ORDER BY id") as cursor:
            while portion := await cursor.fetchmany(100):
                served += [dict(row) for row in portion]
    except aiosqlite.Error as error:
        raise HTTPException(503, "The database is out of order") from error
    return served


@app.get("/ping")
async def ping() -> dict[str, str]:
    return {"ping": "pong"}
