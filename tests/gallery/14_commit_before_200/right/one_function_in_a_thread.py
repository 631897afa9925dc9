"""The whole transaction is one plain function, which runs in a worker thread."""

import asyncio
import sqlite3
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, closing
from typing import Annotated

from fastapi import FastAPI, HTTPException
from pydantic import BaseModel, Field

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


TABLES = """
    CREATE TABLE IF NOT EXISTS accounts (id INTEGER PRIMARY KEY, balance INTEGER NOT NULL);
    CREATE TABLE IF NOT EXISTS transfers (
        id INTEGER PRIMARY KEY, source INTEGER NOT NULL, target INTEGER NOT NULL, amount INTEGER NOT NULL
    );
    INSERT OR IGNORE INTO accounts (id, balance) VALUES (1, 100), (2, 100);
"""
TAKE = "UPDATE accounts SET balance = balance - :amount WHERE id = :source AND balance >= :amount"
GIVE = "UPDATE accounts SET balance = balance + :amount WHERE id = :target"
WRITE = "INSERT INTO transfers (source, target, amount) VALUES (:source, :target, :amount)"


class Refused(Exception):
    def __init__(self, status: int, detail: str) -> None:
        self.status, self.detail = status, detail


def carry_out(asked: dict[str, int]) -> int:
    with closing(sqlite3.connect("./test.db")) as db:
        with db:
            if db.execute(TAKE, asked).rowcount == 0:
                raise Refused(409, "Not enough money")
            if db.execute(GIVE, asked).rowcount == 0:
                raise Refused(404, "No such account")
            written = db.execute(WRITE, asked)
        return written.lastrowid or 0


def balance_of(number: int) -> int | None:
    with closing(sqlite3.connect("./test.db")) as db:
        for (balance,) in db.execute("SELECT balance FROM accounts WHERE id = ?", (number,)):
            return balance
    return None


def create() -> None:
    with closing(sqlite3.connect("./test.db")) as db:
        db.executescript(TABLES)


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncGenerator[None]:
    await asyncio.to_thread(create)
    yield


app = FastAPI(lifespan=lifespan)


@app.post("/transfers", status_code=201)
async def transfer(new: NewTransfer) -> Transfer:
    try:
        number = await asyncio.to_thread(carry_out, new.model_dump())
    except Refused as refused:
        raise HTTPException(refused.status, refused.detail) from None
    return Transfer(id=number, **new.model_dump())


@app.get("/accounts/{number}")
async def account(number: Number) -> Account:
    balance = await asyncio.to_thread(balance_of, number)
    if balance is None:
        raise HTTPException(404, "No such account")
    return Account(id=number, balance=balance)


@app.get("/ping")
async def ping() -> dict[str, str]:
    return {"ping": "pong"}
