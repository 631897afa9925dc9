"""Mistake: transfers stand in line, and each connection waits for others' locks for one second only.

Cell: ping beside, outside
Caught by: test_other_requests_go_on_during_a_slow_transfer
Reads: while another program reads in the database
"""

import asyncio
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


def connect() -> aiosqlite.Connection:
    return aiosqlite.connect("./test.db", timeout=1.0)


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncGenerator[None]:
    async with connect() as db:
        await db.executescript(TABLES)
    app.state.writing = asyncio.Lock()
    yield


async def carry_out(db: aiosqlite.Connection, new: NewTransfer) -> Transfer:
    """The three statements of a transfer. Commits nothing."""
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


async def transaction(request: Request) -> AsyncGenerator[aiosqlite.Connection]:
    async with request.app.state.writing, connect() as db:
        yield db
        await db.commit()


Db = Annotated[aiosqlite.Connection, Depends(transaction, scope="function")]

app = FastAPI(lifespan=lifespan)


@app.post("/transfers", status_code=201)
async def transfer(new: NewTransfer, db: Db) -> Transfer:
    return await carry_out(db, new)


@app.get("/accounts/{number}")
async def account(number: Number) -> Account:
    async with connect() as db:
        cursor = await db.execute("SELECT id, balance FROM accounts WHERE id = ?", (number,))
        row = await cursor.fetchone()
    if row is None:
        raise HTTPException(404, "No such account")
    return Account(id=row[0], balance=row[1])


@app.get("/ping")
async def ping() -> dict[str, str]:
    return {"ping": "pong"}
