"""The ORM of SQLAlchemy: `sessions.begin()` commits at the end of its block, before the answer."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from fastapi import FastAPI, HTTPException
from pydantic import BaseModel, ConfigDict
from sqlalchemy.ext.asyncio import async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase):
    pass


class User(Base):
    __tablename__ = "users"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]


class NewUser(BaseModel):
    name: str


class UserOut(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    id: int
    name: str


engine = create_async_engine("sqlite+aiosqlite:///./test.db")
sessions = async_sessionmaker(engine, expire_on_commit=False)


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncGenerator[None]:
    async with engine.begin() as connection:
        await connection.run_sync(Base.metadata.create_all)
    yield
    await engine.dispose()


app = FastAPI(lifespan=lifespan)


@app.post("/users", status_code=201, response_model=UserOut)
async def create_user(new: NewUser) -> User:
    async with sessions.begin() as session:
        user = User(name=new.name)
        session.add(user)
    return user


@app.get("/users/{user_id}", response_model=UserOut)
async def read_user(user_id: int) -> User:
    if not -(2**63) <= user_id < 2**63:
        raise HTTPException(404, "User not found")
    async with sessions() as session:
        user = await session.get(User, user_id)
    if user is None:
        raise HTTPException(404, "User not found")
    return user


@app.get("/ping")
async def ping() -> dict[str, str]:
    return {"ping": "pong"}
