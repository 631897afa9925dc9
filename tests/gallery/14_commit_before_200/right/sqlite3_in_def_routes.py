"""Routes with `def` run in worker threads, each with a connection of its own and the block of sqlite3."""

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


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncGenerator[None]:
    with closing(sqlite3.connect("./test.db")) as db:
        db.executescript(TABLES)
    yield


app = FastAPI(lifespan=lifespan)


@app.post("/transfers", status_code=201)
def transfer(new: NewTransfer) -> Transfer:
    asked = new.model_dump()
    with closing(sqlite3.connect("./test.db")) as db, db:
        if not db.execute(TAKE, asked).rowcount:
            raise HTTPException(409, "Not enough money")
        if not db.execute(GIVE, asked).rowcount:
            raise HTTPException(404, "No such account")
        number = db.execute(WRITE, asked).lastrowid
    return Transfer.model_validate({"id": number, **asked})


@app.get("/accounts/{number}")
def account(number: Number) -> Account:
    with closing(sqlite3.connect("./test.db")) as db:
        row = db.execute("SELECT balance FROM accounts WHERE id = ?", (number,)).fetchone()
    if row is None:
        raise HTTPException(404, "No such account")
    return Account(id=number, balance=row[0])


@app.get("/ping")
async def ping() -> dict[str, str]:
    return {"ping": "pong"}
