"""Mistake: nobody disposes of the engine, so the connections in its pool stay open.

Cell: shutdown, alone
Caught by: test_nothing_is_left_when_the_server_has_stopped
Reads: Here the shutdown left it open
"""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from fastapi import FastAPI
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

engine = create_async_engine("sqlite+aiosqlite:///./test.db")


@asynccontextmanager
async def lifespan(_: FastAPI) -> AsyncGenerator[None]:
    async with engine.connect() as connection:
        await connection.execute(text("SELECT 1"))
    yield


app = FastAPI(lifespan=lifespan)


@app.get("/health")
async def health() -> dict[str, int]:
    async with engine.connect() as connection:
        return {"database": await connection.scalar(text("SELECT 1"))}
