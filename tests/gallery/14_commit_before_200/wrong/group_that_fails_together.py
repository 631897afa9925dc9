"""Mistake: transfers that come together are committed together, and fail together.

Cell: beside, failures
Caught by: test_a_commit_that_fails_takes_no_other_transfer_with_it
Reads: The transfer that failed is told so and is gone
"""

import asyncio
import logging
import sqlite3
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager, closing
from typing import Annotated

import aiosqlite
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


async def carry_out(db: aiosqlite.Connection, new: NewTransfer) -> Transfer:
    asked = new.model_dump()
    taken = await db.execute(TAKE, asked)
    if not taken.rowcount:
        raise HTTPException(409, "Not enough money")
    given = await db.execute(GIVE, asked)
    if not given.rowcount:
        raise HTTPException(404, "No such account")
    written = await db.execute(WRITE, asked)
    assert written.lastrowid is not None
    return Transfer(id=written.lastrowid, **asked)


async def write_groups(queue: asyncio.Queue) -> None:
    while (first := await queue.get()) is not None:
        await asyncio.sleep(0.02)
        group = [first]
        ended = False
        while not queue.empty():
            job = queue.get_nowait()
            if job is None:
                ended = True
                break
            group.append(job)
        results = []
        try:
            async with aiosqlite.connect("./test.db", timeout=30, isolation_level=None) as db:
                await db.execute("BEGIN IMMEDIATE")
                for new, _ in group:
                    await db.execute("SAVEPOINT one")
                    try:
                        results.append(await carry_out(db, new))
                    except HTTPException as refusal:
                        await db.execute("ROLLBACK TO one")
                        results.append(refusal)
                    await db.execute("RELEASE one")
                await db.execute("COMMIT")
        except Exception as error:
            results = [error] * len(group)
        for (_, answer), result in zip(group, results, strict=True):
            if answer.done():
                continue
            if isinstance(result, Exception):
                answer.set_exception(result)
            else:
                answer.set_result(result)
        if ended:
            return


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncGenerator[None]:
    async with aiosqlite.connect("./test.db", timeout=30) as db:
        await db.executescript(TABLES)
    app.state.queue = asyncio.Queue()
    task = asyncio.create_task(write_groups(app.state.queue))
    try:
        yield
    finally:
        await app.state.queue.put(None)
        await task


app = FastAPI(lifespan=lifespan)


@app.post("/transfers", status_code=201)
async def transfer(new: NewTransfer, request: Request) -> Transfer:
    answer = asyncio.get_running_loop().create_future()
    await request.app.state.queue.put((new, answer))
    return await answer


@app.get("/accounts/{number}")
async def account(number: Number) -> Account:
    async with aiosqlite.connect("./test.db", timeout=30) as db:
        cursor = await db.execute(READ, (number,))
        row = await cursor.fetchone()
    if row is None:
        raise HTTPException(404, "No such account")
    return Account(id=row[0], balance=row[1])


@app.get("/ping")
async def ping() -> dict[str, str]:
    return {"ping": "pong"}
