"""Mistake: the users are kept in a dictionary, and never reach the file.

Cell: committed, outside
Caught by: test_the_row_is_committed_before_the_answer_leaves
Reads: Until you commit, only your own connection sees the row
"""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import aiosqlite
from fastapi import FastAPI, HTTPException
from pydantic import BaseModel


class NewUser(BaseModel):
    name: str


class User(BaseModel):
    id: int
    name: str


users: dict[int, User] = {}


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
async def create_user(new: NewUser) -> User:
    user = User(id=len(users) + 1, name=new.name)
    users[user.id] = user
    return user


@app.get("/users/{user_id}")
async def read_user(user_id: int) -> User:
    if not -(2**63) <= user_id < 2**63:
        raise HTTPException(404, "User not found")
    if user_id not in users:
        raise HTTPException(404, "User not found")
    return users[user_id]


@app.get("/ping")
async def ping() -> dict[str, str]:
    return {"ping": "pong"}
