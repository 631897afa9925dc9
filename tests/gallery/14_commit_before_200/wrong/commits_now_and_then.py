"""Mistake: a task commits every twenty milliseconds for all.

Cell: committed, alone
Caught by: test_the_transfer_is_committed_when_the_201_arrives
Reads: The answer left before the commit
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


async def commits(db: aiosqlite.Connection) -> None:
    while True:
        await asyncio.sleep(0.02)
        await db.commit()


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncGenerator[None]:
    async with aiosqlite.connect("./test.db") as db:
        await db.executescript(TABLES)
        app.state.db = db
        committing = asyncio.create_task(commits(db))
        yield
        committing.cancel()
        await asyncio.wait([committing])
        await db.commit()


async def transaction(request: Request) -> AsyncGenerator[aiosqlite.Connection]:
    async with turn:
        await request.app.state.db.execute("SAVEPOINT transfer")
        try:
            yield request.app.state.db
        except BaseException:
            await request.app.state.db.execute("ROLLBACK TO transfer")
            raise


turn = asyncio.Lock()
Db = Annotated[aiosqlite.Connection, Depends(transaction, scope="function")]

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
async def account(number: Number, db: Db) -> Account:
    cursor = await db.execute("SELECT id, balance FROM accounts WHERE id = ?", (number,))
    row = await cursor.fetchone()
    if row is None:
        raise HTTPException(404, "No such account")
    return Account(id=row[0], balance=row[1])


@app.get("/ping")
async def ping() -> dict[str, str]:
    return {"ping": "pong"}
