"""Mistake: one connection, and a lock for transfers only: a balance is read between the steps of one.

Cell: unseen, moments
Caught by: test_nobody_sees_a_transfer_that_comes_to_nothing
Reads: Half a transfer was seen
"""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Annotated

import aiosqlite
from fastapi import FastAPI, HTTPException, Request
from pydantic import BaseModel, Field

TABLES = """
    CREATE TABLE IF NOT EXISTS accounts (id INTEGER PRIMARY KEY, balance INTEGER);
    CREATE TABLE IF NOT EXISTS transfers (
        id INTEGER PRIMARY KEY, source INTEGER, target INTEGER, amount INTEGER
    );
    INSERT OR IGNORE INTO accounts (id, balance) VALUES (1, 100), (2, 100);
"""
TAKE = "UPDATE accounts SET balance = balance - :amount WHERE id = :source AND balance >= :amount"
GIVE = "UPDATE accounts SET balance = balance + :amount WHERE id = :target"
WRITE = "INSERT INTO transfers (source, target, amount) VALUES (:source, :target, :amount)"
READ = "SELECT id, balance FROM accounts WHERE id = ?"

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


def connect() -> aiosqlite.Connection:
    return aiosqlite.connect("./test.db", timeout=60, isolation_level=None)


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncGenerator[None]:
    async with connect() as db:
        await db.executescript(TABLES)
        app.state.db = db
        app.state.writing = asyncio.Lock()
        yield


app = FastAPI(lifespan=lifespan)


@app.post("/transfers", status_code=201)
async def transfer(new: NewTransfer, request: Request) -> Transfer:
    asked = new.model_dump()
    db: aiosqlite.Connection = request.app.state.db
    async with request.app.state.writing:
        await db.execute("BEGIN IMMEDIATE")
        try:
            if (await db.execute(TAKE, asked)).rowcount == 0:
                raise HTTPException(409, "Not enough money")
            await asyncio.sleep(0.01)
            if (await db.execute(GIVE, asked)).rowcount == 0:
                raise HTTPException(404, "No such account")
            number = (await db.execute(WRITE, asked)).lastrowid
            await db.execute("COMMIT")
        except BaseException:
            if db.in_transaction:
                await db.execute("ROLLBACK")
            raise
    return Transfer(id=number or 0, **asked)


@app.get("/accounts/{number}")
async def account(number: Number, request: Request) -> Account:
    async with request.app.state.db.execute(READ, (number,)) as cursor:
        row = await cursor.fetchone()
    if row is None:
        raise HTTPException(404, "No such account")
    return Account(id=row[0], balance=row[1])


@app.get("/ping")
async def ping() -> dict[str, str]:
    return {"ping": "pong"}
