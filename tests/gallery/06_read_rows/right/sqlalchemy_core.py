"""SQLAlchemy's async engine and a Table, without classes."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from fastapi import FastAPI
from sqlalchemy import Column, Integer, MetaData, Table, Text, select
from sqlalchemy.ext.asyncio import create_async_engine

metadata = MetaData()
table = Table(
    "users", metadata, Column("id", Integer, primary_key=True), Column("name", Text, nullable=False)
)
engine = create_async_engine("sqlite+aiosqlite:///./test.db")


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncGenerator[None]:
    async with engine.begin() as connection:
        await connection.run_sync(metadata.create_all)
    yield
    await engine.dispose()


app = FastAPI(lifespan=lifespan)


@app.get("/users")
async def users() -> list[dict[str, int | str]]:
    async with engine.connect() as connection:
        rows = await connection.execute(select(table).order_by(table.c.id))
        return [dict(row) for row in rows.mappings()]


@app.get("/ping")
async def ping() -> dict[str, str]:
    return {"ping": "pong"}
