"""SQLModel with a session per request from a dependency, in plain def routes."""

from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager
from typing import Annotated

from fastapi import Depends, FastAPI, HTTPException
from sqlmodel import Field, Session, SQLModel, create_engine


class NewUser(SQLModel):
    name: str


class User(NewUser, table=True):
    __tablename__ = "users"

    id: int | None = Field(default=None, primary_key=True)


class UserOut(NewUser):
    id: int


engine = create_engine("sqlite:///./test.db", connect_args={"check_same_thread": False})


@asynccontextmanager
async def lifespan(_: FastAPI) -> AsyncGenerator[None]:
    SQLModel.metadata.create_all(engine)
    yield
    engine.dispose()


def session() -> Generator[Session]:
    with Session(engine) as session:
        yield session


SessionOfTheRequest = Annotated[Session, Depends(session)]

app = FastAPI(lifespan=lifespan)


@app.post("/users", status_code=201, response_model=UserOut)
def create_user(new: NewUser, session: SessionOfTheRequest) -> User:
    user = User.model_validate(new)
    session.add(user)
    session.commit()
    session.refresh(user)
    return user


@app.get("/users/{user_id}", response_model=UserOut)
def read_user(user_id: int, session: SessionOfTheRequest) -> User:
    if not -(2**63) <= user_id < 2**63:
        raise HTTPException(404, "User not found")
    user = session.get(User, user_id)
    if user is None:
        raise HTTPException(404, "User not found")
    return user


@app.get("/ping")
async def ping() -> dict[str, str]:
    return {"ping": "pong"}
