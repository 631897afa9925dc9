"""SQLModel with an async session; what was committed stays readable without a refresh."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Annotated

from fastapi import Depends, FastAPI, HTTPException, Request
from sqlalchemy.ext.asyncio import create_async_engine
from sqlmodel import Field, SQLModel
from sqlmodel.ext.asyncio.session import AsyncSession


class NewUser(SQLModel):
    name: str


class User(NewUser, table=True):
    __tablename__ = "users"

    id: int | None = Field(default=None, primary_key=True)


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncGenerator[None]:
    app.state.engine = create_async_engine("sqlite+aiosqlite:///./test.db")
    try:
        async with app.state.engine.begin() as connection:
            await connection.run_sync(SQLModel.metadata.create_all)
        yield
    finally:
        await app.state.engine.dispose()


async def session(request: Request) -> AsyncGenerator[AsyncSession]:
    async with AsyncSession(request.app.state.engine, expire_on_commit=False) as session:
        yield session


SessionOfTheRequest = Annotated[AsyncSession, Depends(session)]

app = FastAPI(lifespan=lifespan)


@app.post("/users", status_code=201)
async def create_user(new: NewUser, session: SessionOfTheRequest) -> User:
    user = User(name=new.name)
    session.add(user)
    await session.commit()
    return user


@app.get("/users/{user_id}")
async def read_user(user_id: int, session: SessionOfTheRequest) -> User:
    if not -(2**63) <= user_id < 2**63:
        raise HTTPException(404, "User not found")
    user = await session.get(User, user_id)
    if user is None:
        raise HTTPException(404, "User not found")
    return user


@app.get("/ping")
async def ping() -> dict[str, str]:
    return {"ping": "pong"}
