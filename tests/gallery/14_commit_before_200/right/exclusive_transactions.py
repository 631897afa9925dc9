"""A transaction that nobody reads beside, begun by sqlite3 itself."""

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


async def transaction() -> AsyncGenerator[aiosqlite.Connection]:
    async with aiosqlite.connect("./test.db", isolation_level="EXCLUSIVE") as db:
        yield db
        # Only if nothing was raised. If the commit itself raises, nobody catches it here: the client
        # must hear of it. Closing the connection throws away whatever was not committed.
        await db.commit()


# With this scope, what follows the `yield` runs before the answer leaves. By default it runs after it.
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
    # From here on there is half a transfer: it must be whole, or gone, when anybody else looks.
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
