"""A middleware opens the connection, and commits when a good answer begins, before any of it leaves."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from contextvars import ContextVar

import aiosqlite
from fastapi import FastAPI, HTTPException, Request
from fastapi.responses import JSONResponse
from pydantic import BaseModel
from starlette.types import ASGIApp, Message, Receive, Scope, Send

CREATE_USERS = "CREATE TABLE IF NOT EXISTS users (id INTEGER PRIMARY KEY, name TEXT NOT NULL)"

connection: ContextVar[aiosqlite.Connection] = ContextVar("connection")


class Transaction:
    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not scope["path"].startswith("/users"):
            return await self.app(scope, receive, send)
        async with aiosqlite.connect("./test.db") as db:

            async def commit_first(message: Message) -> None:
                if message["type"] == "http.response.start":
                    await (db.commit() if message["status"] < 400 else db.rollback())
                await send(message)

            connection.set(db)
            await self.app(scope, receive, commit_first)


class NewUser(BaseModel):
    name: str


class User(NewUser):
    id: int


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncGenerator[None]:
    async with aiosqlite.connect("./test.db") as db:
        await db.execute(CREATE_USERS)
        await db.commit()
    yield


app = FastAPI(lifespan=lifespan)
app.add_middleware(Transaction)


@app.exception_handler(OverflowError)
async def larger_than_any_id(request: Request, error: OverflowError) -> JSONResponse:
    return JSONResponse({"detail": "User not found"}, 404)


@app.post("/users", status_code=201)
async def create_user(new: NewUser) -> User:
    cursor = await connection.get().execute("INSERT INTO users (name) VALUES (?)", (new.name,))
    return User(id=cursor.lastrowid or 0, name=new.name)


@app.get("/users/{user_id}")
async def read_user(user_id: int) -> User:
    query = "SELECT id, name FROM users WHERE id = ?"
    cursor = await connection.get().execute(query, (user_id,))
    row = await cursor.fetchone()
    if row is None:
        raise HTTPException(404, "User not found")
    return User(id=row[0], name=row[1])


@app.get("/ping")
async def ping() -> dict[str, str]:
    return {"ping": "pong"}
