"""Mistake: the 1 is written down, and the database not asked.

Cell: slow, slow
Caught by: test_health_asks_the_database
Reads: until it has answered, nobody knows that it is well
"""

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
    return {"database": 1}
