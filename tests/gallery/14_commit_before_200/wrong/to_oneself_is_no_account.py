"""Mistake: one UPDATE must meet two rows, so a transfer from an account to itself is a 404.

Cell: no target, values
Caught by: test_a_transfer_moves_the_money
Reads: 404 is for a target that is unknown
"""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Annotated

import aiosqlite
from fastapi import FastAPI, HTTPException
from pydantic import BaseModel, Field

DATABASE = "./test.db"
PATIENCE = 30.0

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
    async with aiosqlite.connect(DATABASE) as db:
        await db.executescript(TABLES)
    yield


MOVE = """
    UPDATE accounts
    SET balance = balance + CASE id WHEN :source THEN -:amount ELSE :amount END
    WHERE id IN (:source, :target)
"""


async def find(db: aiosqlite.Connection, number: int) -> Account:
    rows = list(
        await db.execute_fetchall("SELECT id, balance FROM accounts WHERE id = ?", (number,))
    )
    if not rows:
        raise HTTPException(404, "No such account")
    return Account(id=rows[0][0], balance=rows[0][1])


app = FastAPI(lifespan=lifespan)


@app.post("/transfers", status_code=201)
async def transfer(new: NewTransfer) -> Transfer:
    asked = new.model_dump()
    async with aiosqlite.connect(DATABASE, timeout=PATIENCE, isolation_level=None) as db:
        await db.execute("BEGIN IMMEDIATE")
        rich = await db.execute_fetchall(
            "SELECT 1 FROM accounts WHERE id = :source AND balance >= :amount", asked
        )
        if not list(rich):
            raise HTTPException(409, "Not enough money")
        moved = await db.execute(MOVE, asked)
        if moved.rowcount != 2:
            raise HTTPException(404, "No such account")
        written = await db.execute(
            "INSERT INTO transfers (source, target, amount) VALUES (:source, :target, :amount)",
            asked,
        )
        await db.commit()
    return Transfer(id=written.lastrowid, **asked)


@app.get("/accounts/{number}")
async def account(number: Number) -> Account:
    async with aiosqlite.connect(DATABASE, timeout=PATIENCE) as db:
        return await find(db, number)


@app.get("/ping")
async def ping() -> dict[str, str]:
    return {"ping": "pong"}
