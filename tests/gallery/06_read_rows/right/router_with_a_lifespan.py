"""The router brings its own lifespan, and yields the connection as state."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

import aiosqlite
from fastapi import APIRouter, FastAPI, Request


@asynccontextmanager
async def lifespan(app: Any) -> AsyncGenerator[dict[str, aiosqlite.Connection]]:
    async with aiosqlite.connect("./test.db") as db:
        db.row_factory = lambda cursor, row: {"id": row[0], "name": row[1]}
        await db.execute(
            "CREATE TABLE IF NOT EXISTS users (id INTEGER PRIMARY KEY, name TEXT NOT NULL)"
        )
        await db.commit()
        yield {"db": db}


router = APIRouter(lifespan=lifespan)


@router.get("/users")
async def users(request: Request) -> Any:
    db: aiosqlite.Connection = request.state.db
    return await db.execute_fetchall("SELECT id, name FROM users ORDER BY id")


@router.get("/ping")
async def ping() -> dict[str, str]:
    return {"ping": "pong"}


app = FastAPI()
app.include_router(router)
