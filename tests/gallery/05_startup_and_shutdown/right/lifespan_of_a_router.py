"""A router brings its own lifespan; the connection is a global of the module, made at each start."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import aiosqlite
from fastapi import APIRouter, FastAPI

connection: aiosqlite.Connection | None = None


@asynccontextmanager
async def lifespan(_: FastAPI) -> AsyncGenerator[None]:
    global connection
    async with aiosqlite.connect("./test.db") as connection:
        yield
    connection = None


router = APIRouter(lifespan=lifespan)


@router.get("/health")
async def health() -> dict[str, int]:
    assert connection is not None
    async with connection.execute("SELECT 1") as cursor:
        async for row in cursor:
            return {"database": row[0]}
    raise LookupError("SELECT 1 always has a row")


app = FastAPI()
app.include_router(router)
