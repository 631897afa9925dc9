"""05 · Startup and shutdown. The lesson is in README.md, beside this file."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from fastapi import FastAPI

DATABASE = "./test.db"


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncGenerator[None]:
    # TODO: open DATABASE and read it before `yield`, close it in any case, and write the routes.
    yield


app = FastAPI(lifespan=lifespan)


@app.get("/health")
async def health() -> dict[str, int]:
    raise NotImplementedError


@app.get("/broken")
async def broken() -> None:
    raise NotImplementedError
