"""SQLite itself makes the JSON: the route passes it on as text."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import aiosqlite
from fastapi import FastAPI, Response

AS_JSON = """
SELECT json_group_array(json_object('id', id, 'name', name))
FROM (SELECT id, name FROM users ORDER BY id)
"""


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncGenerator[None]:
    async with aiosqlite.connect("./test.db", isolation_level=None) as app.state.database:
        await app.state.database.execute(
            "CREATE TABLE IF NOT EXISTS users (id INTEGER PRIMARY KEY, name TEXT NOT NULL)"
        )
        yield


app = FastAPI(lifespan=lifespan)


@app.get("/users")
async def users() -> Response:
    async with app.state.database.execute(AS_JSON) as cursor:
        (text,) = await cursor.fetchone()
    return Response(text, media_type="application/json")


@app.get("/ping")
async def ping() -> dict[str, str]:
    return {"ping": "pong"}
