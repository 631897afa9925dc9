"""Mistake: the ping needs a thread too, and there are eight.

Cell: ping beside, together
Caught by: test_other_requests_go_on_during_a_slow_transfer
Reads: They stand in line behind the slow queries
"""

import asyncio
import logging
import sqlite3
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager, closing
from typing import Annotated

import aiosqlite
import anyio.to_thread
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
    with closing(sqlite3.connect("./test.db", timeout=30)) as db:
        db.executescript(TABLES)
    anyio.to_thread.current_default_thread_limiter().total_tokens = 8
    yield


app = FastAPI(lifespan=lifespan)


@app.post("/transfers", status_code=201)
def transfer(new: NewTransfer) -> Transfer:
    asked = new.model_dump()
    with closing(sqlite3.connect("./test.db", timeout=30)) as db, db:
        if not db.execute(TAKE, asked).rowcount:
            raise HTTPException(409, "Not enough money")
        if not db.execute(GIVE, asked).rowcount:
            raise HTTPException(404, "No such account")
        number = db.execute(WRITE, asked).lastrowid
    return Transfer(id=number, **asked)


@app.get("/accounts/{number}")
def account(number: Number) -> Account:
    with closing(sqlite3.connect("./test.db", timeout=30)) as db:
        row = db.execute(READ, (number,)).fetchone()
    if row is None:
        raise HTTPException(404, "No such account")
    return Account(id=row[0], balance=row[1])


@app.get("/ping")
def ping() -> dict[str, str]:
    return {"ping": "pong"}
