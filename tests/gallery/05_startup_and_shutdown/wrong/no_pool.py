"""Mistake: SQLAlchemy without a pool: each request opens a connection.

Cell: open before, again
Caught by: test_requests_open_no_further_connection
Reads: Requests borrow the connection
"""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from fastapi import FastAPI
from sqlalchemy import NullPool, text
from sqlalchemy.ext.asyncio import create_async_engine

engine = create_async_engine("sqlite+aiosqlite:///./test.db", poolclass=NullPool)


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
