"""sqlite3 in plain def routes, which FastAPI runs in worker threads; a connection per request."""

import sqlite3
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, closing

from fastapi import FastAPI, HTTPException
from pydantic import BaseModel


class NewUser(BaseModel):
    name: str


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncGenerator[None]:
    with closing(sqlite3.connect("./test.db")) as db:
        db.execute("CREATE TABLE IF NOT EXISTS users (id INTEGER PRIMARY KEY, name TEXT NOT NULL)")
        db.commit()
    yield


app = FastAPI(lifespan=lifespan)


@app.post("/users", status_code=201)
def create_user(new: NewUser) -> dict[str, int | str | None]:
    # The connection as a context manager commits; `closing` closes.
    with closing(sqlite3.connect("./test.db")) as db, db:
        cursor = db.execute("INSERT INTO users (name) VALUES (?)", (new.name,))
        return {"id": cursor.lastrowid, "name": new.name}


@app.get("/users/{user_id}")
def read_user(user_id: int) -> dict[str, int | str]:
    if not -(2**63) <= user_id < 2**63:
        raise HTTPException(404, "User not found")
    with closing(sqlite3.connect("./test.db")) as db:
        row = db.execute("SELECT id, name FROM users WHERE id = ?", (user_id,)).fetchone()
    if row is None:
        raise HTTPException(404, "User not found")
    return {"id": row[0], "name": row[1]}


@app.get("/ping")
def ping() -> dict[str, str]:
    return {"ping": "pong"}
