"""Mistake: two connections, and the first leaks if the second cannot be opened.

Cell: left, failures
Caught by: test_nothing_is_left_after_a_startup_that_failed_half_way
Reads: Here the startup raised half way
"""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import aiosqlite
from fastapi import FastAPI


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncGenerator[None]:
    first = await aiosqlite.connect("./test.db")
    async with aiosqlite.connect("./test.db") as second:
        app.state.database = second
        try:
            yield
        finally:
            await first.close()


app = FastAPI(lifespan=lifespan)


@app.get("/health")
async def health() -> dict[str, int]:
    [row] = await app.state.database.execute_fetchall("SELECT 1")
    return {"database": row[0]}
