"""Mistake: the JSON is put together by hand, and a quote in a name breaks it.

Cell: every user, values
Caught by: test_every_user_is_served
Reads: it writes the JSON, whatever stands in a name
"""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import aiosqlite
from fastapi import FastAPI, Request, Response


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
async def users(request: Request) -> Response:
    db: aiosqlite.Connection = request.app.state.db
    rows = await db.execute_fetchall("SELECT id, name FROM users ORDER BY id")
    found = ", ".join(f'{{"id": {row["id"]}, "name": "{row["name"]}"}}' for row in rows)
    return Response(f"[{found}]", media_type="application/json")


@app.get("/ping")
async def ping() -> dict[str, str]:
    return {"ping": "pong"}
