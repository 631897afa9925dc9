"""Mistake: SQLAlchemy's engine is made, and connects only when a request comes.

Cell: open before, alone
Caught by: test_the_database_is_open_before_the_first_request
Reads: Open the connection in the startup
"""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from fastapi import FastAPI
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncGenerator[None]:
    app.state.engine = create_async_engine("sqlite+aiosqlite:///./test.db")
    yield
    await app.state.engine.dispose()


app = FastAPI(lifespan=lifespan)


@app.get("/health")
async def health() -> dict[str, int]:
    async with app.state.engine.connect() as connection:
        return {"database": await connection.scalar(text("SELECT 1"))}
