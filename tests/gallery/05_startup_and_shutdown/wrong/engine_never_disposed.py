"""Mistake: the sessions are closed, but nobody disposes of the engine, whose pool keeps its connections.

Cell: shutdown, alone
Caught by: test_nothing_is_left_when_the_server_has_stopped
Reads: call `await engine.dispose()` at shutdown
"""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Annotated

from fastapi import Depends, FastAPI, HTTPException, Request
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine


@asynccontextmanager
async def lifespan(_: FastAPI) -> AsyncGenerator[dict[str, async_sessionmaker[AsyncSession]]]:
    engine = create_async_engine("sqlite+aiosqlite:///./test.db")
    async with engine.connect():
        pass
    yield {"sessions": async_sessionmaker(engine)}


async def session(request: Request) -> AsyncGenerator[AsyncSession]:
    async with request.state.sessions() as session:
        yield session


app = FastAPI(lifespan=lifespan)


@app.get("/health")
async def health(session: Annotated[AsyncSession, Depends(session)]) -> dict[str, int | None]:
    try:
        return {"database": await session.scalar(text("SELECT 1"))}
    except SQLAlchemyError as error:
        raise HTTPException(503, "the database does not answer") from error
