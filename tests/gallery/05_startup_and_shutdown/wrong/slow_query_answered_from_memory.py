"""Mistake: Where a query takes long, the answer of one that went well before is given again.

Cell: slow, again
Caught by: test_health_asks_the_database
Reads: An answer of before is not the database
"""

import asyncio
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import aiosqlite
from fastapi import FastAPI, HTTPException, Request

DATABASE = "./test.db"
PATIENCE = 2.0
FRESH = 60.0


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncGenerator[None]:
    async with aiosqlite.connect(DATABASE) as database:
        app.state.database = database
        app.state.last = None
        yield


app = FastAPI(lifespan=lifespan)


async def select_one(database: aiosqlite.Connection) -> int:
    async with database.execute("SELECT 1") as cursor:
        row = await cursor.fetchone()
    return row[0]


@app.get("/health")
async def health(request: Request) -> dict[str, int]:
    state = request.app.state
    try:
        number = await asyncio.wait_for(select_one(state.database), PATIENCE)
    except TimeoutError:
        if state.last is not None and time.monotonic() - state.last[0] < FRESH:
            return {"database": state.last[1]}
        raise HTTPException(504, "The database is slow") from None
    state.last = (time.monotonic(), number)
    return {"database": number}
