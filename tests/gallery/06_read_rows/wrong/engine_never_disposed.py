"""Mistake: the sessions are closed, but nobody disposes of the engine, whose pool keeps its connections.

Cell: clean, alone
Caught by: test_nothing_is_left_open
Reads: call `engine.dispose()` at shutdown
"""

from collections.abc import AsyncGenerator, Generator, Sequence
from contextlib import asynccontextmanager
from typing import Annotated

from fastapi import Depends, FastAPI
from sqlmodel import Field, Session, SQLModel, col, create_engine, select


class User(SQLModel, table=True):
    __tablename__ = "users"

    id: int | None = Field(default=None, primary_key=True)
    name: str


engine = create_engine("sqlite:///./test.db", connect_args={"check_same_thread": False})


@asynccontextmanager
async def lifespan(_: FastAPI) -> AsyncGenerator[None]:
    SQLModel.metadata.create_all(engine)
    yield


def session() -> Generator[Session]:
    with Session(engine) as session:
        yield session


app = FastAPI(lifespan=lifespan)


@app.get("/users")
def users(session: Annotated[Session, Depends(session)]) -> Sequence[User]:
    return session.exec(select(User).order_by(col(User.id))).all()


@app.get("/ping")
async def ping() -> dict[str, str]:
    return {"ping": "pong"}
