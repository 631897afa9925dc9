"""Mistake: what is rolled back is what it has met so far: a refusal, and an operational error.

Cell: refused, failures
Caught by: test_queries_that_fail_are_told
Reads: whatever error ends a transfer, roll it back
"""

import asyncio
import sqlite3
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Annotated

import aiosqlite
from fastapi import Depends, FastAPI, HTTPException, Request
from pydantic import BaseModel, Field

TABLES = """
    CREATE TABLE IF NOT EXISTS accounts (id INTEGER PRIMARY KEY, balance INTEGER);
    CREATE TABLE IF NOT EXISTS transfers (
        id INTEGER PRIMARY KEY, source INTEGER, target INTEGER, amount INTEGER
    );
    INSERT OR IGNORE INTO accounts (id, balance) VALUES (1, 100), (2, 100);
"""

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
    async with (
        aiosqlite.connect("./test.db") as writer,
        aiosqlite.connect("./test.db", isolation_level=None) as reader,
    ):
        app.state.writer, app.state.reader, app.state.turn = writer, reader, asyncio.Lock()
        yield


async def transaction(request: Request) -> AsyncGenerator[aiosqlite.Connection]:
    state = request.app.state
    async with state.turn:
        try:
            yield state.writer
            await state.writer.commit()
        except (HTTPException, sqlite3.OperationalError):
            await state.writer.rollback()
            raise


def reader(request: Request) -> aiosqlite.Connection:
    return request.app.state.reader


Db = Annotated[aiosqlite.Connection, Depends(transaction, scope="function")]
Reader = Annotated[aiosqlite.Connection, Depends(reader)]

app = FastAPI(lifespan=lifespan)


@app.post("/transfers", status_code=201)
async def transfer(new: NewTransfer, db: Db) -> Transfer:
    asked = new.model_dump()
    taken = await db.execute(
        "UPDATE accounts SET balance = balance - :amount WHERE id = :source AND balance >= :amount",
        asked,
    )
    if not taken.rowcount:
        raise HTTPException(409, "Not enough money")
    given = await db.execute(
        "UPDATE accounts SET balance = balance + :amount WHERE id = :target", asked
    )
    if not given.rowcount:
        raise HTTPException(404, "No such account")
    written = await db.execute(
        "INSERT INTO transfers (source, target, amount) VALUES (:source, :target, :amount)", asked
    )
    assert written.lastrowid is not None
    return Transfer(id=written.lastrowid, **asked)


@app.get("/accounts/{number}")
async def account(number: Number, db: Reader) -> Account:
    async with db.execute("SELECT id, balance FROM accounts WHERE id = ?", (number,)) as cursor:
        row = await cursor.fetchone()
    if row is None:
        raise HTTPException(404, "No such account")
    return Account(id=row[0], balance=row[1])


@app.get("/ping")
async def ping() -> dict[str, str]:
    return {"ping": "pong"}
