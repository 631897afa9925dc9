"""Mistake: while the connection is in use a request opens another, which nobody closes.

Cell: five, together
Caught by: test_requests_at_the_same_time_are_all_answered
Reads: Here several requests had come at the same time
"""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import aiosqlite
from fastapi import FastAPI


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncGenerator[None]:
    app.state.free = asyncio.Queue()
    async with aiosqlite.connect("./test.db") as database:
        app.state.free.put_nowait(database)
        yield


app = FastAPI(lifespan=lifespan)


@app.get("/health")
async def health() -> dict[str, int]:
    try:
        database = app.state.free.get_nowait()
    except asyncio.QueueEmpty:
        database = await aiosqlite.connect("./test.db")
    try:
        [row] = await database.execute_fetchall("SELECT 1")
    finally:
        app.state.free.put_nowait(database)
    return {"database": row[0]}
