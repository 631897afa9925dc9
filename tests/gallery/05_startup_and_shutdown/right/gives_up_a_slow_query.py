"""A query that takes more than two seconds is interrupted, and the answer is 503."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import aiosqlite
from fastapi import FastAPI, HTTPException


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncGenerator[None]:
    async with aiosqlite.connect("./test.db") as app.state.database:
        yield


app = FastAPI(lifespan=lifespan)


@app.get("/health")
async def health() -> dict[str, int]:
    try:
        async with asyncio.timeout(2):
            [row] = await app.state.database.execute_fetchall("SELECT 1")
    except TimeoutError:
        await app.state.database.interrupt()
        raise HTTPException(503, "The database takes too long") from None
    return {"database": row[0]}
