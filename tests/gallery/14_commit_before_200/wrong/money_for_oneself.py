"""Mistake: both balances are read, and both are written back, so a transfer to oneself makes money.

Cell: moves, values
Caught by: test_a_transfer_moves_the_money
Reads: Both balances were read before one was written
"""

import sqlite3
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Annotated

import aiosqlite
from fastapi import FastAPI, HTTPException, Request
from fastapi.responses import JSONResponse
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
SET = "UPDATE accounts SET balance = ? WHERE id = ?"

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
    async with aiosqlite.connect("./test.db") as db:
        await db.executescript(TABLES)
        await db.commit()
    yield


app = FastAPI(lifespan=lifespan)


@app.exception_handler(sqlite3.Error)
async def database_failed(request: Request, error: sqlite3.Error) -> JSONResponse:
    return JSONResponse({"detail": "The database failed"}, status_code=503)


@app.post("/transfers", status_code=201)
async def transfer(new: NewTransfer) -> Transfer:
    asked = new.model_dump()
    async with aiosqlite.connect("./test.db", isolation_level=None, timeout=15) as db:
        await db.execute("BEGIN IMMEDIATE")
        try:
            async with db.execute(READ, (new.source,)) as cursor:
                source = await cursor.fetchone()
            if source is None or source[1] < new.amount:
                raise HTTPException(409, "Not enough money")
            async with db.execute(READ, (new.target,)) as cursor:
                target = await cursor.fetchone()
            if target is None:
                raise HTTPException(404, "No such account")
            await db.execute(SET, (source[1] - new.amount, new.source))
            await db.execute(SET, (target[1] + new.amount, new.target))
            written = await db.execute(WRITE, asked)
            await db.execute("COMMIT")
        except BaseException:
            if db.in_transaction:
                await db.execute("ROLLBACK")
            raise
    return Transfer(id=written.lastrowid, **asked)


@app.get("/accounts/{number}")
async def account(number: Number) -> Account:
    async with aiosqlite.connect("./test.db", timeout=15) as db:
        async with db.execute(READ, (number,)) as cursor:
            row = await cursor.fetchone()
    if not row:
        raise HTTPException(404, "No such account")
    return Account(id=row[0], balance=row[1])


@app.get("/ping")
async def ping() -> dict[str, str]:
    return {"ping": "pong"}
