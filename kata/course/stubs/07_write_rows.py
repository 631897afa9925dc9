"""07 · Write rows. The lesson is in README.md, beside this file."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from fastapi import FastAPI
from pydantic import BaseModel


class NewUser(BaseModel):
    name: str


class User(BaseModel):
    id: int
    name: str


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncGenerator[None]:
    yield


app = FastAPI(lifespan=lifespan)


# TODO: create the table at startup, as in lesson 06, and write both routes for users.
@app.post("/users", status_code=201)
async def create_user(new: NewUser) -> User:
    raise NotImplementedError


@app.get("/users/{user_id}")
async def read_user(user_id: int) -> User:
    raise NotImplementedError


@app.get("/ping")
async def ping() -> dict[str, str]:
    return {"ping": "pong"}
