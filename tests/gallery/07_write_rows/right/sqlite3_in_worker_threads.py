"""A repository on sqlite3, whose methods run in worker threads; an exception handler says 404."""

import asyncio
import sqlite3
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, closing
from dataclasses import asdict, dataclass

from fastapi import FastAPI, Request, status
from fastapi.responses import JSONResponse
from pydantic import BaseModel


class NewUser(BaseModel):
    name: str


@dataclass
class User:
    id: int
    name: str


class UserNotFound(Exception):
    pass


class Users:
    def __init__(self, file: str) -> None:
        self.file = file

    def connect(self) -> "closing[sqlite3.Connection]":
        return closing(sqlite3.connect(self.file, timeout=20))

    def create_table(self) -> None:
        with self.connect() as db, db:
            db.execute(
                "CREATE TABLE IF NOT EXISTS users (id INTEGER PRIMARY KEY, name TEXT NOT NULL)"
            )

    def add(self, name: str) -> User:
        with self.connect() as db, db:
            (number,) = db.execute(
                "INSERT INTO users (name) VALUES (?) RETURNING id", (name,)
            ).fetchone()
        return User(number, name)

    def get(self, number: int) -> User:
        with self.connect() as db:
            try:
                row = db.execute("SELECT id, name FROM users WHERE id = ?", (number,)).fetchone()
            except OverflowError:
                row = None
        if row is None:
            raise UserNotFound
        return User(*row)


repository = Users("test.db")


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncGenerator[None]:
    await asyncio.to_thread(repository.create_table)
    yield


app = FastAPI(lifespan=lifespan)


@app.exception_handler(UserNotFound)
async def not_found(request: Request, error: UserNotFound) -> JSONResponse:
    return JSONResponse({"detail": "User not found"}, status.HTTP_404_NOT_FOUND)


@app.post("/users")
async def create_user(new: NewUser) -> JSONResponse:
    user = await asyncio.to_thread(repository.add, new.name)
    return JSONResponse(asdict(user), status.HTTP_201_CREATED)


@app.get("/users/{user_id}")
async def read_user(user_id: int) -> User:
    return await asyncio.to_thread(repository.get, user_id)


@app.get("/ping")
async def ping() -> dict[str, str]:
    return {"ping": "pong"}
