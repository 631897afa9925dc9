"""Mistake: on_event beside lifespan=: the handler is silently skipped.

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
    yield
    await app.state.database.close()


app = FastAPI(lifespan=lifespan)


@app.on_event("startup")
async def startup() -> None:
    app.state.database = await aiosqlite.connect("./test.db")


@app.get("/health")
async def health() -> dict[str, int]:
    [row] = await app.state.database.execute_fetchall("SELECT 1")
    return {"database": row[0]}
