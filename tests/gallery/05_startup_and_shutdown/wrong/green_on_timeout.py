"""Mistake: a query that takes too long is given up, and the answer is green.

Cell: slow, slow
Caught by: test_health_asks_the_database
Reads: until it has answered, nobody knows that it is well
"""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import aiosqlite
from fastapi import FastAPI


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncGenerator[None]:
    async with aiosqlite.connect("./test.db") as app.state.database:
        yield


app = FastAPI(lifespan=lifespan)


@app.get("/health")
async def health() -> dict[str, int]:
    try:
        async with asyncio.timeout(1):
            [row] = await app.state.database.execute_fetchall("SELECT 1")
    except TimeoutError:
        return {"database": 1}
    return {"database": row[0]}
