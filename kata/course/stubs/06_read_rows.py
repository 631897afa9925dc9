"""06 · Read rows. The lesson is in README.md, beside this file."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from fastapi import FastAPI


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncGenerator[None]:
    yield


app = FastAPI(lifespan=lifespan)


# TODO: create the table at startup, in ./test.db, and answer with its rows.
@app.get("/users")
async def users() -> list[dict[str, int | str]]:
    raise NotImplementedError


@app.get("/ping")
async def ping() -> dict[str, str]:
    return {"ping": "pong"}
