"""SQLAlchemy's ORM: a session for each request, from a factory made in the lifespan."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Annotated

from fastapi import Depends, FastAPI, Request
from pydantic import BaseModel, ConfigDict
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase):
    pass


class User(Base):
    __tablename__ = "users"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]


class UserOut(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    id: int
    name: str


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncGenerator[dict[str, async_sessionmaker[AsyncSession]]]:
    engine = create_async_engine("sqlite+aiosqlite:///test.db")
    try:
        async with engine.begin() as connection:
            await connection.run_sync(Base.metadata.create_all)
        yield {"sessions": async_sessionmaker(engine)}
    finally:
        await engine.dispose()


async def session(request: Request) -> AsyncGenerator[AsyncSession]:
    async with request.state.sessions() as session:
        yield session


app = FastAPI(lifespan=lifespan)


@app.get("/users", response_model=list[UserOut])
async def users(session: Annotated[AsyncSession, Depends(session)]) -> list[User]:
    return list(await session.scalars(select(User).order_by(User.id)))


@app.get("/ping")
async def ping() -> dict[str, str]:
    return {"ping": "pong"}
