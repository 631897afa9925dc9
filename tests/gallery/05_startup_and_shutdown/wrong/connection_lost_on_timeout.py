"""Mistake: a time-out is no Exception inside its block: the connection is not given back.

Cell: well again, slow
Caught by: test_health_asks_the_database
Reads: A failed request changes nothing for the next one
"""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import aiosqlite
from fastapi import FastAPI, HTTPException


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
        async with asyncio.timeout(2):
            database = await app.state.free.get()
            try:
                [row] = await database.execute_fetchall("SELECT 1")
            except Exception:
                app.state.free.put_nowait(database)
                raise
            app.state.free.put_nowait(database)
    except TimeoutError:
        raise HTTPException(503) from None
    return {"database": row[0]}
