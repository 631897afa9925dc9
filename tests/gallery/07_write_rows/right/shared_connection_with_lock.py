"""One shared connection; a lock makes one transaction at a time of it."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import aiosqlite
from fastapi import FastAPI, HTTPException, Request, Response
from pydantic import BaseModel


class NewUser(BaseModel):
    name: str


class Database:
    def __init__(self, connection: aiosqlite.Connection) -> None:
        self.connection = connection
        self.lock = asyncio.Lock()

    @asynccontextmanager
    async def transaction(self) -> AsyncGenerator[aiosqlite.Connection]:
        async with self.lock:
            await self.connection.execute("BEGIN IMMEDIATE")
            try:
                yield self.connection
            except BaseException:
                await self.connection.rollback()
                raise
            await self.connection.commit()


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncGenerator[None]:
    async with aiosqlite.connect("./test.db", isolation_level=None) as connection:
        await connection.execute(
            "CREATE TABLE IF NOT EXISTS users (id INTEGER PRIMARY KEY, name TEXT NOT NULL)"
        )
        app.state.database = Database(connection)
        yield


app = FastAPI(lifespan=lifespan)


@app.post("/users")
async def create_user(
    new: NewUser, request: Request, response: Response
) -> dict[str, int | str | None]:
    database: Database = request.app.state.database
    async with database.transaction() as db:
        cursor = await db.execute("INSERT INTO users (name) VALUES (?)", (new.name,))
    response.status_code = 201
    return {"id": cursor.lastrowid, "name": new.name}


@app.get("/users/{user_id}")
async def read_user(user_id: int, request: Request) -> dict[str, int | str]:
    if not -(2**63) <= user_id < 2**63:
        raise HTTPException(404, "User not found")
    database: Database = request.app.state.database
    async with database.lock:
        cursor = await database.connection.execute(
            "SELECT id, name FROM users WHERE id = ?", (user_id,)
        )
        row = await cursor.fetchone()
    if row is None:
        raise HTTPException(404, "User not found")
    return {"id": row[0], "name": row[1]}


@app.get("/ping")
async def ping() -> dict[str, str]:
    return {"ping": "pong"}
