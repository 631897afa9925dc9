"""Mistake: the answer of the startup is kept, and the database not asked again.

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
        [app.state.row] = await app.state.database.execute_fetchall("SELECT 1")
        yield


app = FastAPI(lifespan=lifespan)


@app.get("/health")
def health() -> dict[str, int]:
    return {"database": app.state.row[0]}
