"""Mistake: the connection is made in the module, so it can be opened once: the same app starts no second time.

Cell: restart, restart
Caught by: test_the_server_can_be_started_again
Reads: threads can only be started once
"""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import aiosqlite
from fastapi import FastAPI

connection = aiosqlite.connect("./test.db")


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncGenerator[None]:
    async with connection as app.state.database:
        yield


app = FastAPI(lifespan=lifespan)


@app.get("/health")
async def health() -> dict[str, int]:
    [row] = await app.state.database.execute_fetchall("SELECT 1")
    return {"database": row[0]}
