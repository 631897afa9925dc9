"""The events of the guide, deprecated but alive: connect at startup, close at shutdown."""

import aiosqlite
from fastapi import FastAPI

app = FastAPI()


@app.on_event("startup")  # pyright: ignore[reportDeprecated]
async def startup() -> None:
    app.state.db = await aiosqlite.connect("./test.db")
    await app.state.db.execute(
        "CREATE TABLE IF NOT EXISTS users (id INTEGER PRIMARY KEY, name TEXT NOT NULL)"
    )
    await app.state.db.commit()


@app.on_event("shutdown")  # pyright: ignore[reportDeprecated]
async def shutdown() -> None:
    await app.state.db.close()


@app.get("/users")
async def users() -> list[dict[str, int | str]]:
    db: aiosqlite.Connection = app.state.db
    names = ("id", "name")
    async with db.execute("SELECT id, name FROM users ORDER BY id") as cursor:
        return [dict(zip(names, row, strict=True)) for row in await cursor.fetchall()]


@app.get("/ping")
async def ping() -> dict[str, str]:
    return {"ping": "pong"}
