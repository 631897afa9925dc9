"""A task of the lifespan carries out one transfer after the other and answers through a future."""

import asyncio
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


Asked = tuple[NewTransfer, "asyncio.Future[int]"]


async def carry_out(db: aiosqlite.Connection, new: NewTransfer) -> int:
    taken = await db.execute(
        "UPDATE accounts SET balance = balance - ? WHERE id = ? AND balance >= ?",
        (new.amount, new.source, new.amount),
    )
    if taken.rowcount == 0:
        raise HTTPException(409, "Not enough money")
    given = await db.execute(
        "UPDATE accounts SET balance = balance + ? WHERE id = ?", (new.amount, new.target)
    )
    if given.rowcount == 0:
        raise HTTPException(404, "No such account")
    written = await db.execute(
        "INSERT INTO transfers (source, target, amount) VALUES (?, ?, ?)",
        (new.source, new.target, new.amount),
    )
    await db.commit()
    return written.lastrowid or 0


async def write(db: aiosqlite.Connection, asked: "asyncio.Queue[Asked]") -> None:
    while True:
        new, answer = await asked.get()
        try:
            number = await carry_out(db, new)
        except Exception as error:
            await db.rollback()
            if not answer.done():
                answer.set_exception(error)
        else:
            if not answer.done():
                answer.set_result(number)


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncGenerator[None]:
    async with aiosqlite.connect("./test.db") as db:
        await db.executescript(TABLES)
        app.state.asked = asyncio.Queue()
        writer = asyncio.create_task(write(db, app.state.asked))
        yield
        writer.cancel()
        await asyncio.wait([writer])


app = FastAPI(lifespan=lifespan)


@app.post("/transfers", status_code=201)
async def transfer(new: NewTransfer) -> Transfer:
    answer: asyncio.Future[int] = asyncio.get_running_loop().create_future()
    app.state.asked.put_nowait((new, answer))
    return Transfer(id=await answer, **new.model_dump())


@app.get("/accounts/{number}")
async def account(number: Number) -> Account:
    async with aiosqlite.connect("./test.db") as db:
        cursor = await db.execute("SELECT id, balance FROM accounts WHERE id = ?", (number,))
        row = await cursor.fetchone()
    if row is None:
        raise HTTPException(404, "No such account")
    return Account(id=row[0], balance=row[1])


@app.get("/ping")
async def ping() -> dict[str, str]:
    return {"ping": "pong"}
