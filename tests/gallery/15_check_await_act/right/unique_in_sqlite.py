"""SQLite holds keys and stock: a row under a primary key says that the work has begun."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Annotated

import aiosqlite
import httpx
from fastapi import Depends, FastAPI, Header, HTTPException
from pydantic import BaseModel, Field

CHARGES = "https://pay.example/charges"

Key = Annotated[str, Header(alias="Idempotency-Key", min_length=1)]


class NewOrder(BaseModel):
    item: int
    quantity: Annotated[int, Field(gt=0)]


class Order(NewOrder):
    id: int


class Stock(BaseModel):
    item: int
    left: int


TABLES = """
    CREATE TABLE IF NOT EXISTS stock (item INTEGER PRIMARY KEY, pieces INTEGER CHECK (pieces >= 0));
    CREATE TABLE IF NOT EXISTS orders (
        id INTEGER PRIMARY KEY, key TEXT UNIQUE, item INTEGER, quantity INTEGER, paid INTEGER DEFAULT 0
    );
"""


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncGenerator[None]:
    async with httpx.AsyncClient() as client:
        app.state.client = client
        async with aiosqlite.connect("./test.db") as db:
            await db.executescript(TABLES)
            await db.executemany(
                "INSERT OR IGNORE INTO stock VALUES (?, 10)", [(item,) for item in range(1, 10)]
            )
            await db.commit()
        yield


app = FastAPI(lifespan=lifespan)


async def connection() -> AsyncGenerator[aiosqlite.Connection]:
    async with aiosqlite.connect("./test.db", isolation_level=None) as db:
        yield db


Db = Annotated[aiosqlite.Connection, Depends(connection)]
Row = tuple[int, int, int, int]


async def known(db: aiosqlite.Connection, key: str) -> Row | None:
    cursor = await db.execute("SELECT id, item, quantity, paid FROM orders WHERE key = ?", (key,))
    return await cursor.fetchone()  # type: ignore


async def begin(db: aiosqlite.Connection, new: NewOrder, key: str) -> bool:
    await db.execute("BEGIN IMMEDIATE")
    try:
        written = await db.execute(
            "INSERT OR IGNORE INTO orders (key, item, quantity) VALUES (?, ?, ?)",
            (key, new.item, new.quantity),
        )
        if written.rowcount:
            await db.execute(
                "UPDATE stock SET pieces = pieces - ? WHERE item = ?", (new.quantity, new.item)
            )
        await db.execute("COMMIT")
        return bool(written.rowcount)
    except aiosqlite.IntegrityError:
        await db.execute("ROLLBACK")
        raise HTTPException(409, "Sold out") from None


async def undo(db: aiosqlite.Connection, new: NewOrder, key: str) -> None:
    await db.execute("BEGIN IMMEDIATE")
    await db.execute("DELETE FROM orders WHERE key = ?", (key,))
    await db.execute(
        "UPDATE stock SET pieces = pieces + ? WHERE item = ?", (new.quantity, new.item)
    )
    await db.execute("COMMIT")


async def charge(new: NewOrder, key: str) -> None:
    try:
        response = await app.state.client.post(
            CHARGES, json=new.model_dump(), headers={"Idempotency-Key": key}
        )
        response.raise_for_status()
    except httpx.HTTPError as error:
        raise HTTPException(502, "Payment failed") from error


@app.post("/orders", status_code=201)
async def order(new: NewOrder, key: Key, db: Db) -> Order:
    if new.item not in range(1, 10):
        raise HTTPException(404, "No such item")
    while not await begin(db, new, key):
        while row := await known(db, key):
            if row[1:3] != (new.item, new.quantity):
                raise HTTPException(422, "This key belongs to another order")
            if row[3]:
                return Order(id=row[0], **new.model_dump())
            await asyncio.sleep(0.2)
    try:
        await charge(new, key)
    except BaseException:
        await asyncio.shield(undo(db, new, key))
        raise
    await db.execute("UPDATE orders SET paid = 1 WHERE key = ?", (key,))
    row = await known(db, key)
    assert row is not None
    return Order(id=row[0], **new.model_dump())


@app.get("/stock/{item}")
async def left(item: int, db: Db) -> Stock:
    cursor = await db.execute("SELECT pieces FROM stock WHERE item = ?", (item,))
    row = await cursor.fetchone()
    if row is None:
        raise HTTPException(404, "No such item")
    return Stock(item=item, left=row[0])
