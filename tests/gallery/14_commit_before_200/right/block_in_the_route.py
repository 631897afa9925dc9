"""The route enters the transaction with a block of its own, and answers behind it."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Annotated

import aiosqlite
from fastapi import FastAPI, HTTPException
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


@asynccontextmanager
async def transaction() -> AsyncGenerator[aiosqlite.Connection]:
    async with aiosqlite.connect("./test.db") as db:
        await db.execute("BEGIN IMMEDIATE")
        try:
            yield db
        except BaseException:
            await db.execute("ROLLBACK")
            raise
        await db.execute("COMMIT")


app = FastAPI(lifespan=lifespan)


@app.post("/transfers", status_code=201)
async def transfer(new: NewTransfer) -> Transfer:
    async with transaction() as db:
        balances = dict(
            await db.execute_fetchall(
                "SELECT id, balance FROM accounts WHERE id IN (?, ?)", (new.source, new.target)
            )
        )
        if balances.get(new.source, 0) < new.amount:
            raise HTTPException(409, "Not enough money")
        if new.target not in balances:
            raise HTTPException(404, "No such account")
        balances[new.source] -= new.amount
        balances[new.target] += new.amount
        await db.executemany(
            "UPDATE accounts SET balance = ? WHERE id = ?",
            [(balance, number) for number, balance in balances.items()],
        )
        written = await db.execute_insert(
            "INSERT INTO transfers (source, target, amount) VALUES (?, ?, ?)",
            (new.source, new.target, new.amount),
        )
    assert written is not None
    return Transfer(id=written[0], **new.model_dump())


@app.get("/accounts/{number}")
async def account(number: Number) -> Account:
    async with aiosqlite.connect("./test.db") as db:
        rows = list(
            await db.execute_fetchall("SELECT balance FROM accounts WHERE id = ?", (number,))
        )
    if not rows:
        raise HTTPException(404, "No such account")
    return Account(id=number, balance=rows[0][0])


@app.get("/ping")
async def ping() -> dict[str, str]:
    return {"ping": "pong"}
