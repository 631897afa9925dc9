"""Mistake: the balance is read before the transaction, under a lock of this program.

Cell: at once, outside
Caught by: test_transfers_at_once_lose_nothing
Reads: Between reading a balance and writing it
"""

import asyncio
import logging
import sqlite3
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager, closing
from typing import Annotated

import aiosqlite
from fastapi import Depends, FastAPI, HTTPException, Request
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field

log = logging.getLogger(__name__)

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


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncGenerator[None]:
    async with aiosqlite.connect("./test.db", timeout=30) as db:
        await db.executescript(TABLES)
    app.state.lock = asyncio.Lock()
    yield


app = FastAPI(lifespan=lifespan)


@app.post("/transfers", status_code=201)
async def transfer(new: NewTransfer, request: Request) -> Transfer:
    asked = new.model_dump()
    async with request.app.state.lock, aiosqlite.connect("./test.db", timeout=30) as db:
        rows = list(await db.execute_fetchall(READ, (new.source,)))
        if not rows or rows[0][1] < new.amount:
            raise HTTPException(409, "Not enough money")
        await db.execute(
            "UPDATE accounts SET balance = balance - :amount WHERE id = :source", asked
        )
        given = await db.execute(GIVE, asked)
        if not given.rowcount:
            raise HTTPException(404, "No such account")
        written = await db.execute(WRITE, asked)
        await db.commit()
    return Transfer(id=written.lastrowid, **asked)


@app.get("/accounts/{number}")
async def account(number: Number) -> Account:
    async with aiosqlite.connect("./test.db", timeout=30) as db:
        cursor = await db.execute(READ, (number,))
        row = await cursor.fetchone()
    if row is None:
        raise HTTPException(404, "No such account")
    return Account(id=row[0], balance=row[1])


@app.get("/ping")
async def ping() -> dict[str, str]:
    return {"ping": "pong"}
