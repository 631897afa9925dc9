"""SQLModel with an async session: the model of the table is that of the answer too."""

from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from typing import Annotated

from fastapi import Depends, FastAPI
from sqlalchemy.ext.asyncio import create_async_engine
from sqlmodel import Field, SQLModel, col, select
from sqlmodel.ext.asyncio.session import AsyncSession


class User(SQLModel, table=True):
    __tablename__ = "users"

    id: int | None = Field(default=None, primary_key=True)
    name: str


engine = create_async_engine("sqlite+aiosqlite:///./test.db")


@asynccontextmanager
async def lifespan(_: FastAPI) -> AsyncGenerator[None]:
    try:
        async with engine.begin() as connection:
            await connection.run_sync(SQLModel.metadata.create_all)
        yield
    finally:
        await engine.dispose()


async def session() -> AsyncGenerator[AsyncSession]:
    async with AsyncSession(engine) as session:
        yield session


app = FastAPI(lifespan=lifespan)


@app.get("/users")
async def users(session: Annotated[AsyncSession, Depends(session)]) -> Sequence[User]:
    return (await session.exec(select(User).order_by(col(User.id)))).all()


@app.get("/ping")
async def ping() -> dict[str, str]:
    return {"ping": "pong"}
