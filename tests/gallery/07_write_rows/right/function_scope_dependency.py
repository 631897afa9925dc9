"""The dependency commits after its yield, and with scope="function" that is before the answer."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Annotated

import aiosqlite
from fastapi import Depends, FastAPI, HTTPException
from pydantic import BaseModel


class NewUser(BaseModel):
    name: str


async def unit_of_work() -> AsyncGenerator[aiosqlite.Connection]:
    async with aiosqlite.connect("./test.db") as db:
        try:
            yield db
        except BaseException:
            await db.rollback()
            raise
        await db.commit()


UnitOfWork = Annotated[aiosqlite.Connection, Depends(unit_of_work, scope="function")]


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncGenerator[None]:
    async with aiosqlite.connect("./test.db") as db:
        await db.execute(
            "CREATE TABLE IF NOT EXISTS users (id INTEGER PRIMARY KEY, name TEXT NOT NULL)"
        )
        await db.commit()
    yield


app = FastAPI(lifespan=lifespan)


@app.post("/users", status_code=201)
async def create_user(new: NewUser, db: UnitOfWork) -> dict[str, int | str | None]:
    cursor = await db.execute("INSERT INTO users (name) VALUES (?)", (new.name,))
    return {"id": cursor.lastrowid, "name": new.name}


@app.get("/users/{user_id}")
async def read_user(user_id: int, db: UnitOfWork) -> dict[str, int | str]:
    if not -(2**63) <= user_id < 2**63:
        raise HTTPException(404, "User not found")
    rows = list(await db.execute_fetchall("SELECT name FROM users WHERE id = ?", (user_id,)))
    if not rows:
        raise HTTPException(404, "User not found")
    return {"id": user_id, "name": rows[0][0]}


@app.get("/ping")
async def ping() -> dict[str, str]:
    return {"ping": "pong"}
