"""Mistake: a balance that was read is kept until a transfer of this program changes it.

Cell: account, outside
Caught by: test_a_transfer_moves_the_money
Reads: Somebody else has changed this balance
"""

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
    async with aiosqlite.connect("./test.db", timeout=60) as db:
        await db.executescript(TABLES)
    yield


async def transaction() -> AsyncGenerator[aiosqlite.Connection]:
    async with aiosqlite.connect("./test.db", timeout=60) as db:
        yield db


Db = Annotated[aiosqlite.Connection, Depends(transaction)]

app = FastAPI(lifespan=lifespan)
balances: dict[int, int] = {}


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
    await db.commit()
    balances.pop(new.source, None)
    balances.pop(new.target, None)
    return Transfer(id=written.lastrowid, **asked)


@app.get("/accounts/{number}")
async def account(number: Number, db: Db) -> Account:
    if number in balances:
        return Account(id=number, balance=balances[number])
    cursor = await db.execute("SELECT id, balance FROM accounts WHERE id = ?", (number,))
    row = await cursor.fetchone()
    if row is None:
        raise HTTPException(404, "No such account")
    balances[number] = row[1]
    return Account(id=row[0], balance=row[1])


@app.get("/ping")
async def ping() -> dict[str, str]:
    return {"ping": "pong"}
