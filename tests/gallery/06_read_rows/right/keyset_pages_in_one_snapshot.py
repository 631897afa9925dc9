"""Pages by key, all read in one transaction, so that they show one state of the file."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import aiosqlite
from fastapi import FastAPI

SCHEMA = "CREATE TABLE IF NOT EXISTS users (id INTEGER PRIMARY KEY, name TEXT NOT NULL)"


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncGenerator[None]:
    async with aiosqlite.connect("./test.db") as db:
        await db.execute(SCHEMA)
        await db.commit()
    yield


app = FastAPI(lifespan=lifespan)


@app.get("/users")
async def users() -> list[dict[str, int | str]]:
    found: list[dict[str, int | str]] = []
    async with aiosqlite.connect("./test.db", isolation_level=None) as db:
        await db.execute("BEGIN")
        page = await db.execute_fetchall("SELECT id, name FROM users ORDER BY id LIMIT 200")
        while page:
            page = list(page)
            found += [{"id": i, "name": n} for i, n in page]
            page = await db.execute_fetchall(
                "SELECT id, name FROM users WHERE id > ? ORDER BY id LIMIT 200", (page[-1][0],)
            )
        await db.execute("COMMIT")
    return found


@app.get("/ping")
async def ping() -> dict[str, str]:
    return {"ping": "pong"}
