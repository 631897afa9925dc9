"""Mistake: the commit is given up after five seconds with a 503, and goes on in its thread.

Cell: committed, slow
Caught by: test_the_transfer_is_committed_when_the_201_arrives
Reads: a time-out ends the waiting, and not the commit
"""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Annotated

import aiosqlite
from fastapi import Depends, FastAPI, HTTPException
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
    yield


async def connection() -> AsyncGenerator[aiosqlite.Connection]:
    async with aiosqlite.connect("./test.db") as db:
        yield db


Db = Annotated[aiosqlite.Connection, Depends(connection)]

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
    try:
        await asyncio.wait_for(db.commit(), 5)
    except TimeoutError:
        raise HTTPException(503, "Try again") from None
    assert written.lastrowid is not None
    return Transfer(id=written.lastrowid, **asked)


@app.get("/accounts/{number}")
async def account(number: Number, db: Db) -> Account:
    cursor = await db.execute("SELECT id, balance FROM accounts WHERE id = ?", (number,))
    row = await cursor.fetchone()
    if row is None:
        raise HTTPException(404, "No such account")
    return Account(id=row[0], balance=row[1])


@app.get("/ping")
async def ping() -> dict[str, str]:
    return {"ping": "pong"}
