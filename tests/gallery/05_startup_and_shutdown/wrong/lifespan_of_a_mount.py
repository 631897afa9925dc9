"""Mistake: the lifespan belongs to a mounted app, which never gets the message.

Cell: health, alone
Caught by: test_health_answers_with_the_databases_one
Reads: has no attribute 'database'
"""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import aiosqlite
from fastapi import FastAPI


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncGenerator[None]:
    async with aiosqlite.connect("./test.db") as app.state.database:
        yield


shop = FastAPI(lifespan=lifespan)


@shop.get("/health")
async def health() -> dict[str, int]:
    [row] = await shop.state.database.execute_fetchall("SELECT 1")
    return {"database": row[0]}


app = FastAPI()
app.mount("", shop)
