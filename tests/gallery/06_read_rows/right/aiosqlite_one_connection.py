"""One aiosqlite connection for the whole app, opened in the lifespan and kept on app.state."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import aiosqlite
from fastapi import FastAPI, Request


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncGenerator[None]:
    db = await aiosqlite.connect("./test.db")
    try:
        db.row_factory = aiosqlite.Row
        await db.execute(
            "CREATE TABLE IF NOT EXISTS users (id INTEGER PRIMARY KEY, name TEXT NOT NULL)"
        )
        await db.commit()
        app.state.db = db
        yield
    finally:
        await db.close()


app = FastAPI(lifespan=lifespan)


@app.get("/users")
async def users(request: Request) -> list[dict[str, int | str]]:
    db: aiosqlite.Connection = request.app.state.db
    async with db.execute("SELECT * FROM users ORDER BY id") as cursor:
        return [dict(row) async for row in cursor]


@app.get("/ping")
async def ping() -> dict[str, str]:
    return {"ping": "pong"}
