"""SQLAlchemy's session from a dependency: it goes back to the pool after the answer."""

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
    try:
        async with engine.connect():
            pass  # the pool keeps this connection, and the startup fails if there can be none
        yield {"sessions": async_sessionmaker(engine)}
    finally:
        await engine.dispose()


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
