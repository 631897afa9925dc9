"""Mistake: the sessions are closed, but nobody disposes of the engine, whose pool keeps its connections.

Cell: clean, alone
Caught by: test_nothing_is_left_open
Reads: call `await engine.dispose()` at shutdown
"""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Annotated

from fastapi import Depends, FastAPI, HTTPException
from pydantic import BaseModel
from sqlalchemy import Column, Integer, MetaData, Table, Text, insert, select
from sqlalchemy.ext.asyncio import AsyncSession, create_async_engine

metadata = MetaData()
table = Table(
    "users", metadata, Column("id", Integer, primary_key=True), Column("name", Text, nullable=False)
)
engine = create_async_engine("sqlite+aiosqlite:///./test.db")


class NewUser(BaseModel):
    name: str


async def session() -> AsyncGenerator[AsyncSession]:
    async with AsyncSession(engine) as session:
        yield session


Session = Annotated[AsyncSession, Depends(session)]


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncGenerator[None]:
    async with engine.begin() as connection:
        await connection.run_sync(metadata.create_all)
    yield


app = FastAPI(lifespan=lifespan)


@app.post("/users", status_code=201)
async def create_user(new: NewUser, session: Session) -> dict[str, int | str]:
    number = await session.scalar(insert(table).values(name=new.name).returning(table.c.id))
    await session.commit()
    assert number is not None
    return {"id": number, "name": new.name}


@app.get("/users/{user_id}")
async def read_user(user_id: int, session: Session) -> dict[str, int | str]:
    if not -(2**63) <= user_id < 2**63:
        raise HTTPException(404, "User not found")
    row = (await session.execute(select(table).where(table.c.id == user_id))).mappings().first()
    if row is None:
        raise HTTPException(404, "User not found")
    return dict(row)


@app.get("/ping")
async def ping() -> dict[str, str]:
    return {"ping": "pong"}
