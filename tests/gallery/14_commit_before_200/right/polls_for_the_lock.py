"""The connection never waits itself: a loop of the app tries BEGIN IMMEDIATE and COMMIT again while the file is locked."""

import asyncio
import sqlite3
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Annotated

import aiosqlite
from fastapi import Depends, FastAPI, HTTPException
from pydantic import BaseModel, Field

PATH = "./test.db"
TABLES = """
    CREATE TABLE IF NOT EXISTS accounts (id INTEGER PRIMARY KEY, balance INTEGER);
    CREATE TABLE IF NOT EXISTS transfers (
        id INTEGER PRIMARY KEY, source INTEGER, target INTEGER, amount INTEGER
    );
    INSERT OR IGNORE INTO accounts (id, balance) VALUES (1, 100), (2, 100);
"""
TAKE = "UPDATE accounts SET balance = balance - :amount WHERE id = :source AND balance >= :amount"
GIVE = "UPDATE accounts SET balance = balance + :amount WHERE id = :target"
NOTE = "INSERT INTO transfers (source, target, amount) VALUES (:source, :target, :amount)"
SHOW = "SELECT id, balance FROM accounts WHERE id = ?"

Number = Annotated[int, Field(gt=0, lt=2**63)]


class NewTransfer(BaseModel):
    source: Number
    target: Number
    amount: Number


class Transfer(NewTransfer):
    id: int


class Account(BaseModel):
    id: int
    balance: int


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncGenerator[None]:
    async with aiosqlite.connect(PATH, timeout=60) as db:
        await db.executescript(TABLES)
    yield


async def connection() -> AsyncGenerator[aiosqlite.Connection]:
    async with aiosqlite.connect(PATH, timeout=0, isolation_level=None) as db:
        yield db


Db = Annotated[aiosqlite.Connection, Depends(connection)]


async def patiently(db: aiosqlite.Connection, sql: str, values: tuple = ()) -> aiosqlite.Cursor:
    until = asyncio.get_running_loop().time() + 60
    while True:
        try:
            return await db.execute(sql, values)
        except sqlite3.OperationalError as error:
            busy = (error.sqlite_errorcode & 0xFF) == sqlite3.SQLITE_BUSY
            if not busy or asyncio.get_running_loop().time() > until:
                raise
        await asyncio.sleep(0.02)


app = FastAPI(lifespan=lifespan)


@app.post("/transfers", status_code=201)
async def transfer(new: NewTransfer, db: Db) -> Transfer:
    asked = new.model_dump()
    await patiently(db, "BEGIN IMMEDIATE")
    if not (await db.execute(TAKE, asked)).rowcount:
        raise HTTPException(409, "Not enough money")
    if not (await db.execute(GIVE, asked)).rowcount:
        raise HTTPException(404, "No such account")
    written = await db.execute(NOTE, asked)
    await patiently(db, "COMMIT")
    return Transfer(id=written.lastrowid, **asked)


@app.get("/accounts/{number}")
async def account(number: Number, db: Db) -> Account:
    cursor = await patiently(db, SHOW, (number,))
    row = await cursor.fetchone()
    if row is None:
        raise HTTPException(404, "No such account")
    return Account(id=row[0], balance=row[1])


@app.get("/ping")
async def ping() -> dict[str, str]:
    return {"ping": "pong"}
